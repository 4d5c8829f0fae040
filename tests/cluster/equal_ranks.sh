#!/usr/bin/env bash
# One experiment on 1, 2, 3, 5 and 9 ranks: the same journal, model and predictions, byte for byte.
source "$(dirname "$0")/common.sh"

for sampler in random evolution sobol tpe gp cmaes greedy portfolio; do
  write_experiment "$sampler.yaml" "$sampler" 16
  "$rondo" search "$sampler.yaml" --out "$sampler-1" >/dev/null
  "$rondo" predict "$sampler-1" "$tables/penguins.csv" --out "$sampler-1.csv" >/dev/null
  for ranks in 2 3 5 9; do
    mpi -n "$ranks" "$rondo" search "$sampler.yaml" --out "$sampler-$ranks" >"$sampler-$ranks.log" 2>&1 ||
      { cat "$sampler-$ranks.log"; fail "$sampler on $ranks ranks"; }
    same_run "$sampler-1" "$sampler-$ranks"
    "$rondo" predict "$sampler-$ranks" "$tables/penguins.csv" --out "$sampler-$ranks.csv" >/dev/null
    cmp "$sampler-1.csv" "$sampler-$ranks.csv" || fail "predictions differ"
  done
  echo "$sampler: $("$rondo" verify "$sampler-9" | tail -n 1) on 1, 2, 3, 5 and 9 ranks"
done
# By their predictions: the headers of the journals differ in any case.
for sampler in evolution sobol tpe gp cmaes greedy portfolio; do
  cmp -s random-1.csv "$sampler-1.csv" && fail "random and $sampler gave one model: the test compares nothing"
done
exit 0
