#!/usr/bin/env bash
# kill -9 of every process at random moments, then resume, until the search is done: the same bytes as in one go.
source "$(dirname "$0")/common.sh"
seed=${RONDO_TEST_SEED:-1}
RANDOM=$seed
echo "seed $seed (RONDO_TEST_SEED=$seed repeats it)"

for sampler in random evolution; do
  write_experiment "$sampler.yaml" "$sampler" 24 40
  "$rondo" search "$sampler.yaml" --out "$sampler-whole" >/dev/null 2>&1
  kills=0
  command=(search "$sampler.yaml" --out "$sampler-killed")
  for round in $(seq 1 40); do
    # A growing allowance, so that the search ends however slow the machine is.
    limit=$(awk -v r="$RANDOM" -v n="$round" 'BEGIN { printf "%.2f", 0.3 + n * 0.15 + r / 32768 }')
    code=0
    case $((RANDOM % 2)) in
      0) setsid timeout -s KILL "$limit" "$rondo" "${command[@]}" >round.log 2>&1 || code=$? ;;
      1) timeout -s KILL "$limit" setsid mpirun --oversubscribe -n 3 "$rondo" "${command[@]}" >round.log 2>&1 || code=$?
         # timeout killed mpirun alone: the ranks it left are this test's own.
         pkill -KILL -f -- "--out $sampler-killed|resume $sampler-killed" 2>/dev/null || true ;;
    esac
    [ "$code" = 0 ] && [ -s "$sampler-killed/final.rondo" ] && break
    kills=$((kills + 1))
    if [ -s "$sampler-killed/journal.rondo" ]; then
      command=(resume "$sampler-killed")
      "$rondo" verify "$sampler-killed" >verify.log 2>&1 || { cat verify.log; fail "verify after kill $kills"; }
    fi
    while pgrep -f -- "--out $sampler-killed|resume $sampler-killed" >/dev/null; do sleep 0.1; done
  done
  [ "$kills" -gt 0 ] || fail "nothing was killed"
  same_run "$sampler-whole" "$sampler-killed"
  echo "$sampler: equal after $kills kills"
done
