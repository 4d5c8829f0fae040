#!/usr/bin/env bash
# A signal pauses a search: exit 3 and the command that goes on, which ends with the same bytes.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml random 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
for way in alone mpirun launch limit storm; do
  out=paused-$way
  limit=()
  case $way in
    alone) start=("$rondo") signal=TERM ;;
    mpirun) start=(mpirun --oversubscribe -n 3 "$rondo") signal=USR1 ;;
    limit) start=("$rondo") limit=(--time-limit 3s) signal=0 ;;
    storm) start=("$rondo") signal="USR1 TERM TERM USR1 TERM" ;;
    launch) start=("$rondo" launch -n 3 --) signal=TERM ;;
  esac
  RONDO_TEST_DELAY=60:1 "${start[@]}" search search.yaml --out "$out" "${limit[@]}" >"$out.log" 2>&1 &
  [ $way = limit ] || wait_for_journal "$out" 2000
  # Under a batch system the same signal comes several times, and another one during the pause.
  for one in $signal; do kill "-$one" $! 2>/dev/null || true; done
  code=0
  wait $! || code=$?
  [ "$code" = 3 ] || { cat "$out.log"; fail "exit $code instead of 3 ($way)"; }
  expect_text "rondo resume $out" "$out.log"
  [ $way != limit ] || expect_text "paused at the time limit of 3s" "$out.log"
  [ ! -e "$out/final.rondo" ] || fail "the search was over before it was paused"
  wait_until_gone
  "$rondo" resume "$out" >resume.log 2>&1 || { cat resume.log; fail "resume"; }
  same_run whole "$out"
  [ "$(grep -c '"launcher"' "$out/environment.json")" = 2 ] || fail "environment.json does not hold two launches"
  echo "$way: paused, resumed, equal"
done
