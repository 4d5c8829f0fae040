#!/usr/bin/env bash
# A greedy ensemble: the same bytes on 1, 3 and 5 ranks that sleep at random, after kills while its candidates are trained
# and while its networks are trained again, from an extended run, with folds and with a stopper; what reads a model weighs.
source "$(dirname "$0")/common.sh"

write_greedy() { # file trials what
  write_experiment "$1" random "$2" 8
  echo "final: {ensemble: 6, ensemble_rule: greedy, candidates: 8}" >>"$1"
  sed -i "s/^  target: species/  target: species\n  metric: log_loss/" "$1"
  case $3 in
    folds) sed -i "s/^  test: 0.2/  test: 0.2\n  folds: 2/; s/^training:/training:\n  repeats: 2/" "$1" ;;
    asha) sed -i "s/^search:/search:\n  stopper: asha\n  asha: {reduction: 2}/" "$1" ;;
  esac
}

given() { grep -c '"assigned"' killed/telemetry.jsonl; }

wait_for_given() { # count: until so many trials were given to ranks
  for _ in $(seq 1 1200); do
    [ "$(given)" -lt "$1" ] || return 0
    sleep 0.02
  done
  fail "only $(given) assignments of $1"
}

for what in plain folds asha; do
  write_greedy "$what.yaml" 16 "$what"
  "$rondo" search "$what.yaml" --out "$what-1" >first.log 2>&1 || { cat first.log; fail "search"; }
  expect_text 'ensemble   of 8 candidates by [0-9]+ validation rows' first.log
  same_on_ranks "$what" 10
  expect_exit 0 "$rondo" replay "$what-3"
  expect_text 'so are all decisions and the final model' last.out
  expect_exit 0 "$rondo" verify "$what-1"
  echo "$what: equal on 1, 3 and 5 ranks, and replayed"
done

# Only the 8 candidates and the networks that are kept are left to train.
cp -r plain-1 killed
rm -rf killed/final.rondo killed/models
for more in 3 9; do
  before=$(given)
  RONDO_TEST_DELAY=60:$more mpi -n 3 "$rondo" resume killed >round.log 2>&1 &
  wait_for_given $((before + more))
  kill_everything
  code=0
  wait $! 2>/dev/null || code=$?
  wait_until_gone
  [ "$code" != 0 ] && [ ! -e killed/final.rondo ] || fail "it was over before it was killed"
done
# A worker is lost while it trains a candidate, and the others finish.
before=$(given)
RONDO_TEST_DELAY=60:3 "$rondo" launch -n 4 -- resume killed >round.log 2>&1 &
wait_for_given $((before + 3))
for pid in $(processes_of "$rondo"); do
  if [ "$(rank_of "$pid")" = 2 ]; then kill -KILL "$pid"; fi
done
wait $! || { cat round.log; fail "resume with a worker killed"; }
grep -q rank_lost killed/telemetry.jsonl || fail "no rank was lost"
same_run plain-1 killed
echo "equal after two kills behind the search, and with a worker killed there"

write_greedy few.yaml 6 plain
"$rondo" search few.yaml --out few >/dev/null 2>&1
mpi -n 3 "$rondo" extend few --trials 16 --out extended >extend.log 2>&1 || { cat extend.log; fail "extend"; }
same_run plain-1 extended
echo "equal when extended from 6 trials"

# The rule and its candidates are part of the experiment; what was is no other one.
for flags in "--ensemble-rule best" "--ensemble-candidates 7" "--ensemble 5"; do
  # shellcheck disable=SC2086
  expect_exit 2 "$rondo" search plain.yaml $flags --out plain-1
done
expect_exit 2 "$rondo" search plain.yaml --ensemble-rule greediest --out refused
expect_text 'not one of best, greedy' last.err
expect_exit 0 "$rondo" show plain-1
expect_text 'kept: ' last.out
expect_exit 0 "$rondo" predict plain-1 "$tables/penguins.csv"
expect_exit 0 "$rondo" evaluate plain-1 "$tables/penguins.csv"
