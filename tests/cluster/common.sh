# Shared by the scripts of this folder; sourced, not run. A script gets the rondo binary as its first argument.
set -euo pipefail

rondo=$(realpath "${1:?the rondo binary}")
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tables=$source_dir/tests/data/tables
work=$(realpath "$(mktemp -d "${TMPDIR:-/tmp}/rondo-test.XXXXXX")")
trap 'kill_everything; rm -rf "$work"' EXIT
cd "$work"

# Marks all that this script starts, wherever mpirun puts it.
export RONDO_TEST_MARK=$work
# The ranks share few cores here, and a container's user is often root.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpi() { mpirun --oversubscribe "$@"; }

skipped=77
skip() { echo "skipped: $*"; exit "$skipped"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# A search that takes a second; RONDO_TEST_DELAY makes it longer, so that there is a middle of it.
write_experiment() { # file sampler trials [epochs]
  cat >"$1" <<YAML
data:
  path: $tables/penguins.csv
  target: species
split:
  test: 0.2
search:
  sampler: $2
  seed: 7
  lanes: 6
  evolution: {population: 6, sample: 3}
  tpe: {startup_trials: 4}
  gp: {startup_trials: 4}
  nsga2: {population: 6}
  objectives: [score$([ "$2" != nsga2 ] || echo ", parameters, ticks")]
space:
  units: [16, 32, 64]
training:
  epochs: ${4:-12}
  patience: 4
budget:
  trials: $3
YAML
}

# A stopper, and settings of each that suit a search of some 20 trials and 12 epochs.
set_stopper() { # file stopper
  sed -i "s/^search:/search:\n  stopper: $2\n  asha: {reduction: 2}\n  hyperband: {reduction: 2, brackets: 3}\n  median: {startup_trials: 3, warmup_epochs: 1, interval: 2}/" "$1"
}

# batch.sh RUN, which does what a batch script does on its first node, without Slurm.
write_batch_script() { # program ranks experiment
  cat >batch.sh <<BATCH
rondo=$1 run=\$1 search=($3) launcher=mpirun launcher_options=(--oversubscribe -n $2) container=()
source $source_dir/deploy/slurm/body.sh
BATCH
  unset SLURM_JOB_ID
}

# Bytes that must be equal whatever ran them.
same_run() { # run run
  local file
  for file in journal.rondo final.rondo models/best/model.rondo; do
    [ -s "$1/$file" ] || fail "$1/$file is missing"
    cmp "$1/$file" "$2/$file" || fail "$file differs between $1 and $2"
  done
}

# run.yaml on 3 and 5 ranks, whose epochs take up to so many milliseconds longer, at random: what run-1 is.
same_on_ranks() { # run milliseconds
  local ranks
  for ranks in 3 5; do
    RONDO_TEST_DELAY=$2:$ranks mpi -n "$ranks" "$rondo" search "$1.yaml" --out "$1-$ranks" >mpi.log 2>&1 ||
      { cat mpi.log; fail "$1 on $ranks ranks"; }
    same_run "$1-1" "$1-$ranks"
  done
}

expect_exit() { # code command…
  local expected=$1 code=0
  shift
  "$@" >last.out 2>last.err || code=$?
  [ "$code" = "$expected" ] || { cat last.out last.err >&2; fail "exit $code instead of $expected: $*"; }
}

expect_text() { # pattern file
  grep -qE -- "$1" "$2" || { cat "$2" >&2; fail "nothing in $2 matches: $1"; }
}

# --- processes: found by the mark and the program that they run, named by their ids

processes_of() { # program: ids of this script's processes that run it
  local file pid
  for file in $(grep -slzxF "RONDO_TEST_MARK=$work" /proc/[0-9]*/environ || true); do
    pid=${file#/proc/}
    pid=${pid%/environ}
    if [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$1" ]; then echo "$pid"; fi
  done
}

rank_of() { # process: its rank; nothing when it is none of mpirun's
  tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | sed -n 's/^OMPI_COMM_WORLD_RANK=//p' || true
}

kill_everything() {
  local pid
  for pid in $(processes_of "$(realpath "$(command -v mpirun)")") $(processes_of "$rondo"); do
    kill -KILL "$pid" 2>/dev/null || true
  done
}

wait_until_gone() { # no process of rondo is left
  for _ in $(seq 1 200); do
    [ -n "$(processes_of "$rondo")" ] || return 0
    sleep 0.1
  done
  fail "processes are left: $(processes_of "$rondo")"
}

wait_for_journal() { # run bytes: until its journal is longer than that
  for _ in $(seq 1 1200); do
    if [ -s "$1/journal.rondo" ] && [ "$(stat -c %s "$1/journal.rondo")" -gt "$2" ]; then return 0; fi
    sleep 0.05
  done
  fail "$1/journal.rondo does not grow"
}
