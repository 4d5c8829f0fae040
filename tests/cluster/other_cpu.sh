#!/usr/bin/env bash
# The build for aarch64, where it exists, gives the same bytes under qemu; it has no MPI and says so.
source "$(dirname "$0")/common.sh"
arm=$source_dir/build/arm64/coordinator/cli/rondo
[ -x "$arm" ] || skip "no build/arm64: run deploy/arm64-root and deploy/build --preset arm64"
command -v qemu-aarch64-static >/dev/null || skip "no qemu-aarch64-static"
emulated() { qemu-aarch64-static -L /usr/aarch64-linux-gnu "$arm" "$@"; }

write() { # file table target sampler trials: every activation, normalisation and optimiser
  cat >"$1" <<YAML
data:
  path: $tables/$2
  target: $3
split:
  test: 0.2
search:
  sampler: $4
  seed: 7
  lanes: 6
  evolution: {population: 6, sample: 3}
space:
  units: [5, 33, 64]
  activation: [relu, tanh, sigmoid, gelu]
  dropout: [0, 0.5]
training:
  epochs: 4
budget:
  trials: $5
YAML
}
write classes.yaml penguins.csv species random 16
write values.yaml diabetes.csv progression evolution 8

for search in classes values; do
  "$rondo" search "$search.yaml" --out "$search-here" >here.log 2>&1 || { cat here.log; fail "$search"; }
  emulated search "$search.yaml" --out "$search-arm" >arm.log 2>&1 || { cat arm.log; fail "$search on aarch64"; }
  grep -q '"kernel_target": "neon"' "$search-arm/environment.json" || fail "the emulated build did not use neon"
  same_run "$search-here" "$search-arm"
  echo "$search: equal"
done
# What the table holds, so that the comparison means what it says.
"$rondo" show classes-here >shown
for word in relu tanh sigmoid gelu " bn" " drop " "adam " adamw sgd; do
  grep -q -- "$word" shown || fail "no completed trial had: $word"
done

OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 expect_exit 1 emulated search classes.yaml --out refused
expect_text "no MPI" last.err
[ ! -e refused ] || fail "a rank without MPI wrote a run"
expect_exit 1 emulated launch -n 2 -- search classes.yaml --out refused
expect_text "rondo launch: this build of rondo has no MPI" last.err
