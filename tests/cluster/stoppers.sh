#!/usr/bin/env bash
# Each stopper with a sampler that reads nothing and one that reads, asha also with one of several objectives: the same bytes on 1, 3 and 5 ranks that sleep at
# random, after kills that lose the checkpoints too, and from an extended run; replay decides everything again.
source "$(dirname "$0")/common.sh"

write_halving() { # file stopper sampler trials
  write_experiment "$1" "$3" "$4" 12
  set_stopper "$1" "$2"
}

kill_and_resume() { # run: killed four times as its journal grows, each time on another number of ranks; sets `kills`
  local command=(search "$1.yaml" --out "$1-killed") whole part code
  whole=$(stat -c %s "$1-1/journal.rondo")
  for part in 1 2 3 4; do
    start=("$rondo")
    [ $((part % 2)) = 0 ] || start=(mpirun --oversubscribe -n 3 "$rondo")
    RONDO_TEST_DELAY=80:$part "${start[@]}" "${command[@]}" >round.log 2>&1 &
    wait_for_journal "$1-killed" $((whole * part / 6))
    kill_everything
    code=0
    wait $! 2>/dev/null || code=$?
    wait_until_gone
    [ "$code" != 0 ] || break
    # 137: killed. Whatever else it says, it says for another reason.
    [ "$code" = 137 ] || { cat round.log; fail "exit $code: ${command[*]}"; }
    kills=$((kills + 1))
    # The cache is lost in every other kill: what it held is trained again.
    [ $((part % 2)) = 0 ] || rm -rf "$1-killed/checkpoints"
    command=(resume "$1-killed")
  done
  "$rondo" "${command[@]}" >round.log 2>&1 || { cat round.log; fail "${command[*]}"; }
}

for stopper in median asha hyperband; do
  for sampler in random tpe $([ "$stopper" != asha ] || echo nsga2); do
    run=$stopper-$sampler
    write_halving "$run.yaml" "$stopper" "$sampler" 24
    "$rondo" search "$run.yaml" --out "$run-1" >/dev/null 2>&1
    for ranks in 3 5; do
      export RONDO_TEST_DELAY=15:$ranks
      mpi -n "$ranks" "$rondo" search "$run.yaml" --out "$run-$ranks" >"$run.log" 2>&1 ||
        { cat "$run.log"; fail "$run on $ranks ranks"; }
      unset RONDO_TEST_DELAY
      same_run "$run-1" "$run-$ranks"
    done
    "$rondo" show "$run-1" >show.out
    paused=$(grep -cE '^ +[0-9]+ .* paused  ' show.out || true)
    [ "$paused" -gt 0 ] || { cat show.out; fail "$run: no trial is paused"; }
    expect_text "$sampler sampler" show.out
    expect_text ", $stopper stopper" show.out
    expect_exit 0 "$rondo" replay "$run-3"
    expect_text 'so are all decisions and the final model' last.out

    write_halving few.yaml "$stopper" "$sampler" 9
    "$rondo" search few.yaml --out "$run-few" >/dev/null 2>&1
    mpi -n 3 "$rondo" extend "$run-few" --trials 24 --out "$run-extended" >extend.log 2>&1 ||
      { cat extend.log; fail "extend $run"; }
    same_run "$run-1" "$run-extended"
    kills=0
    if [ "$sampler" = random ]; then
      kill_and_resume "$run"
      # Epochs are so slow that none of the four comes too late.
      [ "$kills" = 4 ] || fail "$run: killed $kills times instead of 4"
      same_run "$run-1" "$run-killed"
    fi
    echo "$run: equal on 1, 3 and 5 ranks, extended from 9 trials, after $kills kills; $paused of the best are paused"
  done
done
for stopper in median asha hyperband; do
  cmp -s "$stopper-random-1/final.rondo" "$stopper-tpe-1/final.rondo" && fail "two samplers gave one result"
done
exit 0
