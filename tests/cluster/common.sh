# Shared by the scripts of this folder; sourced, not run. A script gets the rondo binary as its first argument.
set -euo pipefail

rondo=$(realpath "${1:?the rondo binary}")
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tables=$source_dir/tests/data/tables
work=$(mktemp -d "${TMPDIR:-/tmp}/rondo-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# The ranks share few cores here, and a container's user is often root.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpi() { mpirun --oversubscribe "$@"; }

skipped=77
skip() { echo "skipped: $*"; exit "$skipped"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# A search that takes seconds: small networks, few epochs.
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
space:
  units: [16, 32, 64]
training:
  epochs: ${4:-12}
  patience: 4
budget:
  trials: $3
YAML
}

# Bytes that must be equal whatever ran them.
same_run() { # run run
  local file
  for file in journal.rondo final.rondo models/best/model.rondo; do
    [ -s "$1/$file" ] || fail "$1/$file is missing"
    cmp "$1/$file" "$2/$file" || fail "$file differs between $1 and $2"
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
