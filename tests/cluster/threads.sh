#!/usr/bin/env bash
# One experiment on one thread, on two, and on two ranks of two threads each: the same journal and model, byte for byte.
source "$(dirname "$0")/common.sh"

# Wide enough for the kernels to share out their work.
write_experiment wide.yaml random 4 3
sed -i 's/units: .*/units: [256, 512]\n  batch_size: [128]/' wide.yaml
"$rondo" search wide.yaml --threads-per-rank 1 --out one >/dev/null
"$rondo" search wide.yaml --threads-per-rank 2 --out two >/dev/null
mpi -n 3 "$rondo" search wide.yaml --threads-per-rank 2 --out ranks >ranks.log 2>&1 || { cat ranks.log; fail "on two ranks"; }
same_run one two
same_run one ranks

joined() { # run threads: how many of its ranks said that they train with so many
  grep -c "\"rank_joined\".*\"threads\":$2[,}]" "$1/telemetry.jsonl" || true
}
[ "$(joined one 1)" = 1 ] || fail "no rank of one thread"
[ "$(joined two 2)" = 1 ] || fail "no rank of two threads"
[ "$(joined ranks 2)" = 2 ] || { cat ranks/telemetry.jsonl; fail "not two ranks of two threads"; }
"$rondo" replay ranks >/dev/null || fail "replay"
echo "$("$rondo" verify ranks | tail -n 1) on 1 thread, 2 threads, and 2 ranks of 2"
