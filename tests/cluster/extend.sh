#!/usr/bin/env bash
# A run of 8 trials, extended to 20 on 1 and 3 ranks and killed on the way: the bytes of a fresh search of 20.
source "$(dirname "$0")/common.sh"

for sampler in random evolution tpe gp cmaes greedy; do
  write_experiment few.yaml "$sampler" 8 40
  write_experiment many.yaml "$sampler" 20 40
  "$rondo" search few.yaml --out "$sampler" >/dev/null 2>&1
  "$rondo" search many.yaml --out "$sampler-fresh" >/dev/null 2>&1
  cp -r "$sampler" before
  mpi -n 3 "$rondo" extend "$sampler" --trials 20 >extend.log 2>&1 || { cat extend.log; fail "extend $sampler"; }
  expect_text 'takes over what .* holds: results of 8 trials' extend.log
  same_run "$sampler-fresh" "$sampler-20"
  # Nothing is trained twice: 12 more trials, and the networks of the model.
  again=$(grep -o '"event":"assigned","rank":[0-9]*,"trial":[0-7],' "$sampler-20/telemetry.jsonl" | wc -l)
  [ "$again" -le 8 ] || fail "$again assignments of the first trials: more than their retraining"
  diff -r before "$sampler" >/dev/null || fail "the run that was extended has changed"
  rm -rf before
done

# Killed as soon as there is a journal: what was taken over is kept, and resume goes on with it.
RONDO_TEST_DELAY=20:1 "$rondo" extend random --trials 20 --out killed >/dev/null 2>&1 &
wait_for_journal killed 3000
kill_everything
wait $! 2>/dev/null || true
"$rondo" resume killed >/dev/null 2>&1
same_run random-fresh killed

expect_exit 2 "$rondo" extend random --trials 8 --out less
expect_text 'has a budget of 8 trials already: extend it to more than that' last.err
sed '$d' "$tables/penguins.csv" >other.csv
expect_exit 2 "$rondo" extend random --trials 20 --out less --data other.csv
expect_text "the results of 'random' are those of another experiment" last.err
[ ! -e less ] || fail "a run was begun"
echo "extended: the bytes of a fresh search; refused: fewer trials, another table"
