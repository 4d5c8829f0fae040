# What a batch script of Rondo does on its first node. Sourced by the templates here, and a part of what `rondo submit`
# writes. Reads the settings that stand before it:
#   rondo     the program                       run       the run's folder
#   search    array: what follows `rondo search` when there is no run yet, without --out
#   launcher  mpirun, srun or none              container array: what stands before the program (apptainer exec …)
#   launcher_options  array: of the launcher    most_restarts  how often the job may requeue itself (1000)
# It judges by the run's folder, for mpirun's exit code says little after a signal.

say() { printf '%s  job %s: %s\n' "$(date '+%F %T')" "${SLURM_JOB_ID:-none}" "$*"; }

# A value of status.json, which holds one name a line.
status() { sed -nE 's/^ *"'"$1"'": "?(.*[^",])"?,?$/\1/p' "$run/status.json" 2>/dev/null; }

# Changes with every launch that got so far as to open the run.
status_mark() { stat -c '%i %y' "$run/status.json" 2>/dev/null || true; }

# Rank 0 pauses the search at the first of these, whoever else sends it one. mpirun drops what comes before its ranks
# have started, so it is said again until the launch has ended or the run says that it is paused.
pass_on_pause() {
  asked=yes
  [ -n "$launched" ] && [ -z "$asking" ] || return 0
  say "asks the search to pause"
  ask_to_pause &
  asking=$!
}

ask_to_pause() {
  while kill -0 "$launched" 2>/dev/null && { [ "$before" = "$(status_mark)" ] || [ "$(status state)" != paused ]; }; do
    case $launcher in
      srun) scancel --signal=USR1 "$SLURM_JOB_ID" ;;
      *) kill -USR1 "$launched" 2>/dev/null ;;
    esac
    sleep 2
  done
}

# Whoever sends TERM (scancel, a requeue, the limit) decides what becomes of the job: it does not requeue itself.
leave() {
  [ "$ended_from_outside" = no ] || return
  ended_from_outside=yes
  pass_on_pause
}

launch() {
  local start=()
  case $launcher in
    mpirun) start=(mpirun) ;;
    # A rank that dies before MPI knows it would leave the others waiting: they get so many seconds.
    srun) start=(srun --mpi=pmix --wait=60) ;;
    none) ;;
    *) say "launcher is '$launcher': it must be mpirun, srun or none"; exit 2 ;;
  esac
  start+=("${launcher_options[@]}" "${container[@]}" "$rondo")
  if [ -s "$run/journal.rondo" ]; then
    start+=(resume "$run")
  else
    start+=(search "${search[@]}" --out "$run")
  fi
  say "restart ${SLURM_RESTART_COUNT:-0}, ${SLURM_JOB_NUM_NODES:-1} nodes (${SLURM_JOB_NODELIST:-here}): ${start[*]}"
  "${start[@]}" &
  launched=$!
  [ "$asked" = no ] || pass_on_pause
  # A signal that is handled ends `wait`, not the search.
  while :; do
    wait "$launched"
    code=$?
    kill -0 "$launched" 2>/dev/null || break
  done
}

# MPI's own start can crash: under srun, Slurm's PMIx lets ranks send to one that still waits for the others. Nothing
# has been done by then. What rondo itself refuses ends with a lower code, and would be refused again.
crashed_at_start() {
  [ "$before" = "$(status_mark)" ] && [ "$code" -ge 128 ] && [ "$asked$ended_from_outside" = nono ]
}

requeue() {
  if [ "${SLURM_RESTART_COUNT:-0}" -ge "${most_restarts:-1000}" ]; then
    say "paused; restarted ${SLURM_RESTART_COUNT} times, which is enough: submit this script again to go on"
    exit 3
  fi
  say "$1: requeues itself"
  if [ -n "${SLURM_JOB_ID:-}" ] && scontrol requeue "$SLURM_JOB_ID"; then
    # Slurm ends this script now.
    trap '' TERM USR1
    sleep 120 &
    wait $!
  fi
  say "cannot requeue itself here: submit this script again to go on"
  exit 3
}

ended_from_outside=no
launched= asked=no asking= code=0
trap pass_on_pause USR1
trap leave TERM
before=$(status_mark)
launch
for again in 1 2; do
  crashed_at_start || break
  say "the launch crashed at its start (exit code $code): launches again, $again of 2"
  launch
done
trap '' USR1
[ -z "$asking" ] || kill "$asking" 2>/dev/null
state=$(status state) message=$(status message)
if [ "$before" = "$(status_mark)" ]; then
  say "the search did not start; what it said is above"
  exit 1
fi
case $state in
  done) say "done: $run"; exit 0 ;;
  failed) say "failed: $message"; exit 1 ;;
esac
if [ "$ended_from_outside" = yes ]; then
  say "${state:-nothing}: ended from outside; submit this script again to go on, or: $rondo resume $run"
  exit 3
fi
case $state/$message in
  running/*) requeue "the launch ended without a word (a node or a rank died)" ;;
  paused/"paused as asked"* | paused/"paused at"* | paused/"paused before"*) requeue "paused" ;;
  *) say "paused: $message"; exit 3 ;;
esac
