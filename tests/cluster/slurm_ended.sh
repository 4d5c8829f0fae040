#!/usr/bin/env bash
# A job that is requeued by others, loses a node, is told to pause or is cancelled: nothing stays behind, and it ends with
# the bytes of one rank.
source "$(dirname "$0")/slurm_common.sh"

write_experiment search.yaml random 30 30
"$rondo" search search.yaml --out whole >/dev/null 2>&1
# Only the first launch is slow.
echo 'setup: [ "${SLURM_RESTART_COUNT:-0}" -ge 1 ] || export RONDO_TEST_DELAY=400:1' >profile
start() { # run launcher: starts, and waits for its middle
  job=$(submitted "$rondo" submit search.yaml --nodes 4 --tasks-per-node 2 --launcher "$2" --profile profile --out "$1")
  wait_for_state "$job" RUNNING 60
  (wait_for_journal "$1" 2000) || { show_logs; fail "$1 does not begin"; }
  [ "$(status_of "$1" state)" = running ] || fail "$1 is over before its middle"
}
ends_equal() { # run what
  wait_for_state "$job" COMPLETED 90
  [ "$(restarts "$job")" -ge 1 ] || fail "$2: not requeued"
  same_run whole "$1"
  [ -z "$(processes_of "$rondo")" ] || fail "$2: processes are left"
  echo "$2: equal"
}

for launcher in mpirun srun; do
  start runs/pause-$launcher $launcher
  asked=$(now)
  scancel --batch --signal=USR1 "$job"
  for _ in $(seq 1 200); do [ "$(status_of runs/pause-$launcher state)" = running ] || break; sleep 0.05; done
  expect_text 'paused as asked' runs/pause-$launcher/status.json
  echo "$launcher: $(seconds_since "$asked") s from the warning to the pause"
  ends_equal runs/pause-$launcher "$launcher, warned"
done

start runs/requeue mpirun
scontrol requeue "$job"
ends_equal runs/requeue "scontrol requeue"

start runs/node mpirun
"$test_cluster" kill "$cluster" n3
# Slurm misses a node after SlurmdTimeout; only then the job is out of the way.
wait_for_state "$job" PENDING 60
"$test_cluster" wake "$cluster" n3
ends_equal runs/node "a node that died"

for launcher in mpirun srun; do
  start runs/cancel-$launcher $launcher
  asked=$(now)
  scancel "$job"
  wait_until_gone
  echo "$launcher: $(seconds_since "$asked") s from scancel until no process is left"
  wait_for_state "$job" CANCELLED 30
  "$rondo" resume runs/cancel-$launcher >resume.out 2>&1 || { cat resume.out; fail "resume"; }
  same_run whole runs/cancel-$launcher
  echo "$launcher, cancelled, resumed here: equal"
done
