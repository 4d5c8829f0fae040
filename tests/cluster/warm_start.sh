#!/usr/bin/env bash
# Networks that are tried first: given ones, and the best of an earlier run; on 1, 3 and 5 ranks, without that run, and resumed.
source "$(dirname "$0")/common.sh"

write_experiment earlier.yaml random 12
write_experiment later.yaml tpe 14
"$rondo" search earlier.yaml --out earlier >/dev/null 2>&1
digest=$("$rondo" show earlier --json | grep -o '"digest": *"[0-9a-f]*"' | head -n 1 | grep -o '[0-9a-f]\{64\}')
best() { # run place: the network there
  "$rondo" show "$1" | awk -v place="$2" '$1 == place { print; exit }' | grep -oE '[0-9]+ relu.*$|linear.*$'
}
given='64 relu > 16 relu | adam 0.001 | batch 32'

flags=(--warm-start earlier --warm-start-trials 3 --first "$given")
"$rondo" search later.yaml "${flags[@]}" --out later-1 >later.out 2>later.err
expect_text "4 given networks, the best of a run with the digest $digest" later.err
for ranks in 3 5; do
  RONDO_TEST_DELAY=20:$ranks mpi -n "$ranks" "$rondo" search later.yaml "${flags[@]}" --out "later-$ranks" >log 2>&1 ||
    { cat log; fail "$ranks ranks"; }
  same_run later-1 "later-$ranks"
done

# What stands in front: the given one, then the best of the run.
network() { "$rondo" show later-1 | awk -v trial="$1" '$2 == trial' | grep -oE '[0-9]+ relu.*$|linear.*$'; }
[ "$(network 0)" = "$given" ] || { "$rondo" show later-1; fail "trial 0 is not the given network"; }
for place in 1 2 3; do
  [ -n "$(best earlier $place)" ] || fail "the earlier run has no place $place"
  [ "$(network $place)" = "$(best earlier $place)" ] || { "$rondo" show later-1; fail "trial $place is not number $place of the run"; }
done

# One that is given and among the best stands in front once.
"$rondo" search later.yaml --warm-start earlier --warm-start-trials 3 --first "$(best earlier 2)" --out twice >/dev/null 2>twice.err ||
  { cat twice.err; fail "a network that is given and among the best"; }
expect_text "3 given networks, the best of a run" twice.err
[ "$("$rondo" show twice | awk '$2 == 0' | grep -oE '[0-9]+ relu.*$|linear.*$')" = "$(best earlier 2)" ] || fail "the given one is not first"

# The experiment holds them, so the earlier run may go.
expect_text "digest: \"?$digest" later-1/experiment.yaml
mv earlier gone
"$rondo" search later-1/experiment.yaml --out again >/dev/null 2>&1
same_run later-1 again
RONDO_TEST_DELAY=30:1 "$rondo" search later-1/experiment.yaml --out killed >/dev/null 2>&1 &
wait_for_journal killed 3000
kill_everything
wait $! 2>/dev/null || true
"$rondo" resume killed >/dev/null 2>&1
same_run later-1 killed
"$rondo" replay again >/dev/null

# Without it there is nothing to begin with, and another digest is another experiment.
expect_exit 2 "$rondo" search later.yaml --warm-start earlier --out none
expect_exit 2 "$rondo" search later.yaml --warm-start gone --warm-start-trials 2 --out later-1
expect_text 'search.first' last.err
expect_exit 2 "$rondo" search later.yaml --first '48 relu | adam 0.001 | batch 32' --out none
expect_text 'space.units has no 48' last.err
expect_exit 2 "$rondo" search later.yaml --first '64 relu' --out none
[ ! -e none ] || fail "something was written"
echo "warm start: one journal on 1, 3 and 5 ranks, without the earlier run, and resumed"
