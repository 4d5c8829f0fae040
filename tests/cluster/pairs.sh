#!/usr/bin/env bash
# Every sampler with every stopper, and objectives of each kind with either: the same bytes on 1, 3 and 5 ranks that sleep at
# random. A few rows here; RONDO_TEST_PAIRS=all (the target cluster_pairs) takes all of them.
source "$(dirname "$0")/common.sh"

samplers=(random grid sobol tpe tpe-multivariate evolution gp cmaes greedy portfolio nsga2)
stoppers=(none patience median asha hyperband)
objectives=("metric: accuracy" "metric: log_loss" "several")

write_pair() { # file sampler stopper objective
  local stopper=$3
  write_experiment "$1" "${2%-multivariate}" 12 9
  [ "$stopper" = patience ] || sed -i 's/^  patience: .*/  patience: 9/' "$1"
  [ "$stopper" != patience ] || { stopper=none && sed -i 's/^  patience: .*/  patience: 2/' "$1"; }
  set_stopper "$1" "$stopper"
  [ "$2" != tpe-multivariate ] || sed -i 's/^  tpe: .*/  tpe: {startup_trials: 4, multivariate: true}/' "$1"
  case $4 in
    several) sed -i 's/^  objectives: .*/  objectives: [score, parameters, ticks]/' "$1" ;;
    *) sed -i "s/^data:/data:\n  $4/" "$1" ;;
  esac
}

row=0
for s in "${!stoppers[@]}"; do
  for p in "${!samplers[@]}"; do
    # Each kind of objective meets each sampler and each stopper.
    objective=${objectives[(s + p) % 3]}
    row=$((row + 1))
    [ "${RONDO_TEST_PAIRS:-}" = all ] || [ $((row % 14)) = 0 ] || continue
    run=${samplers[p]}-${stoppers[s]}
    write_pair "$run.yaml" "${samplers[p]}" "${stoppers[s]}" "$objective"
    "$rondo" search "$run.yaml" --out "$run-1" >"$run.log" 2>&1 || { cat "$run.log"; fail "$run"; }
    same_on_ranks "$run" 8
    echo "$run, $objective: $("$rondo" verify "$run-5" | tail -n 1) on 1, 3 and 5 ranks"
    rm -rf "$run"*
  done
done
