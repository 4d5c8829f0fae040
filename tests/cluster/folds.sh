#!/usr/bin/env bash
# Folds and repeats: the same bytes on 1, 3 and 5 ranks that sleep at random, after kills, from an extended run and with
# a stopper; replay trains every member again, and what does not go together is refused.
source "$(dirname "$0")/common.sh"

write_folds() { # file trials stopper
  write_experiment "$1" random "$2" 8
  sed -i "s/^  test: 0.2/  test: 0.2\n  folds: 3/; s/^search:/search:\n  stopper: $3\n  asha: {reduction: 2}/
    s/^training:/training:\n  repeats: 2/" "$1"
}

for stopper in none asha; do
  write_folds "$stopper.yaml" 10 "$stopper"
  "$rondo" search "$stopper.yaml" --out "$stopper-1" >first.log 2>&1 || { cat first.log; fail "search"; }
  expect_text 'a trial is 3 folds x 2 repeats' first.log
  expect_text 'in 3 folds, each once validation rows' first.log
  same_on_ranks "$stopper" 15
  expect_exit 0 "$rondo" replay "$stopper-3"
  expect_text 'so are all decisions and the final model' last.out
  expect_exit 0 "$rondo" verify "$stopper-1"

  whole=$(stat -c %s "$stopper-1/journal.rondo")
  command=(search "$stopper.yaml" --out "$stopper-killed")
  kills=0
  for part in 1 2 3; do
    RONDO_TEST_DELAY=30:$part mpi -n 3 "$rondo" "${command[@]}" >round.log 2>&1 &
    wait_for_journal "$stopper-killed" $((whole * part / 5))
    kill_everything
    code=0
    wait $! 2>/dev/null || code=$?
    wait_until_gone
    [ "$code" != 0 ] || break
    kills=$((kills + 1))
    # Checkpoints hold all members; once they are lost, and all of them are trained again.
    [ "$part" != 2 ] || rm -rf "$stopper-killed/checkpoints"
    command=(resume "$stopper-killed")
  done
  [ "$kills" -gt 0 ] || fail "nothing was killed"
  "$rondo" "${command[@]}" >round.log 2>&1 || { cat round.log; fail "${command[*]}"; }
  same_run "$stopper-1" "$stopper-killed"

  write_folds few.yaml 4 "$stopper"
  "$rondo" search few.yaml --out "$stopper-few" >/dev/null 2>&1
  mpi -n 3 "$rondo" extend "$stopper-few" --trials 10 --out "$stopper-extended" >extend.log 2>&1 ||
    { cat extend.log; fail "extend $stopper"; }
  same_run "$stopper-1" "$stopper-extended"
  echo "$stopper: equal on 1, 3 and 5 ranks, after $kills kills, extended from 4 trials"
done

expect_exit 0 "$rondo" show none-1
expect_text 'a trial is 3 folds x 2 repeats' last.out
expect_text 'mean of 3 folds x 2 repeats' last.out
expect_exit 0 "$rondo" show none-1 --json
expect_text '"folds":3,"repeats":2,' last.out
expect_exit 0 "$rondo" predict none-1 "$tables/penguins.csv"
expect_exit 0 "$rondo" evaluate none-1 "$tables/penguins.csv"
expect_exit 0 "$rondo" plan none.yaml --ranks 4
expect_text 'a trial is 3 folds x 2 repeats' last.out
# More folds, or repeats, are another experiment.
for flags in "--folds 2" "--repeats 3" "--folds 0"; do
  # shellcheck disable=SC2086
  expect_exit 2 "$rondo" search none.yaml $flags --out none-1
done

refused() { # pattern flags…
  local pattern=$1
  shift
  expect_exit 2 "$rondo" search --data "$tables/penguins.csv" --target species "$@" --out refused
  expect_text "$pattern" last.err
  [ ! -e refused ] || fail "something was written: $*"
}
refused 'split.folds is 1' --folds 1
refused 'folds' --folds -1
refused 'folds.*maximum 100' --folds 101
refused 'repeats.*minimum 1' --repeats 0
refused 'split.folds is 5.*last_rows' --folds 5 --split last_rows
refused 'split.folds is 5.*column' --folds 5 --split-column island
refused 'split.validation is 0.3.*split.folds is 5' --folds 5 --validation 0.3
refused 'Chinstrap.*split.folds is 80' --folds 80
echo "folds and repeats: one journal, and what is wrong is refused"
