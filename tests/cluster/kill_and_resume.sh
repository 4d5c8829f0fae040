#!/usr/bin/env bash
# kill -9 of every process at random moments, then resume, until the search is done: the same bytes as in one go.
source "$(dirname "$0")/common.sh"
seed=${RONDO_TEST_SEED:-1}
RANDOM=$seed
echo "seed $seed (RONDO_TEST_SEED=$seed repeats it)"

for sampler in random evolution; do
  write_experiment "$sampler.yaml" "$sampler" 24 40
  "$rondo" search "$sampler.yaml" --out "$sampler-whole" >/dev/null 2>&1
  out=$sampler-killed
  kills=0
  done=no
  command=(search "$sampler.yaml" --out "$out")
  for round in $(seq 1 60); do
    start=("$rondo")
    [ $((RANDOM % 2)) = 0 ] || start=(mpirun --oversubscribe -n 3 "$rondo")
    RONDO_TEST_DELAY=20:$round "${start[@]}" "${command[@]}" >round.log 2>&1 &
    # A growing allowance, so that the search ends however slow the machine is.
    limit=$(awk -v r="$RANDOM" -v n="$round" 'BEGIN { printf "%.2f", 0.3 + n * 0.15 + r / 32768 }')
    timeout "$limit" tail -s 0.05 --pid=$! -f /dev/null || true
    kill_everything
    code=0
    wait $! || code=$?
    wait_until_gone
    if [ "$code" = 0 ]; then done=yes && break; fi
    # 137: killed. Whatever else it says, it says for another reason.
    [ "$code" = 137 ] || { cat round.log; fail "exit $code in round $round: ${command[*]}"; }
    [ -s "$out/journal.rondo" ] || continue
    kills=$((kills + 1))
    command=(resume "$out")
    "$rondo" verify "$out" >verify.log 2>&1 || { cat verify.log; fail "verify after kill $kills"; }
  done
  [ "$done" = yes ] || fail "still not done after $round rounds"
  [ "$kills" -gt 0 ] || fail "nothing was killed"
  same_run "$sampler-whole" "$out"
  echo "$sampler: equal after $kills kills"
done
