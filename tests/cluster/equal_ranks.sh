#!/usr/bin/env bash
# One experiment on 1, 2, 3, 5 and 9 ranks: the same journal, model and predictions, byte for byte. With nsga2 the ranks
# sleep at random, and the front is the same, too.
source "$(dirname "$0")/common.sh"

for sampler in random evolution sobol tpe gp cmaes greedy portfolio nsga2; do
  write_experiment "$sampler.yaml" "$sampler" 16
  "$rondo" search "$sampler.yaml" --out "$sampler-1" >/dev/null
  "$rondo" predict "$sampler-1" "$tables/penguins.csv" --out "$sampler-1.csv" >/dev/null
  for ranks in 2 3 5 9; do
    [ "$sampler" != nsga2 ] || export RONDO_TEST_DELAY=10:$ranks
    mpi -n "$ranks" "$rondo" search "$sampler.yaml" --out "$sampler-$ranks" >"$sampler-$ranks.log" 2>&1 ||
      { cat "$sampler-$ranks.log"; fail "$sampler on $ranks ranks"; }
    same_run "$sampler-1" "$sampler-$ranks"
    "$rondo" predict "$sampler-$ranks" "$tables/penguins.csv" --out "$sampler-$ranks.csv" >/dev/null
    cmp "$sampler-1.csv" "$sampler-$ranks.csv" || fail "predictions differ"
  done
  unset RONDO_TEST_DELAY
  echo "$sampler: $("$rondo" verify "$sampler-9" | tail -n 1) on 1, 2, 3, 5 and 9 ranks"
done
"$rondo" show nsga2-1 --json | sed 's/.*"pareto":\(\[[^]]*\]\).*/\1/' >front-1
[ "$(tr -cd , <front-1 | wc -c)" -gt 0 ] || { cat front-1; fail "the front has one trial"; }
for ranks in 2 3 5 9; do
  "$rondo" show "nsga2-$ranks" --json | sed 's/.*"pareto":\(\[[^]]*\]\).*/\1/' >"front-$ranks"
  cmp front-1 "front-$ranks" || fail "the fronts differ"
done
# By their predictions: the headers of the journals differ in any case.
for sampler in evolution sobol tpe gp cmaes greedy portfolio nsga2; do
  cmp -s random-1.csv "$sampler-1.csv" && fail "random and $sampler gave one model: the test compares nothing"
done
exit 0
