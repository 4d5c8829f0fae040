#!/usr/bin/env bash
# The coordinator killed in mid-search: everything ends within seconds, no process stays behind, resume ends equal.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml random 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
for way in launch mpirun recovery; do
  out=killed-$way
  case $way in
    launch) start=("$rondo" launch -n 4 --) ;;
    mpirun) start=(mpirun --oversubscribe -n 4 "$rondo") ;;
    # The ranks alone must see that nobody is left to serve.
    recovery) start=(mpirun --enable-recovery --oversubscribe -n 4 "$rondo") ;;
  esac
  RONDO_TEST_DELAY=60:1 "${start[@]}" search search.yaml --out "$out" >"$out.log" 2>&1 &
  wait_for_journal "$out" 4000
  coordinator=
  for pid in $(processes_of "$rondo"); do
    if [ "$(rank_of "$pid")" = 0 ]; then coordinator=$pid; fi
  done
  [ -n "$coordinator" ] || { cat "$out.log"; fail "no coordinator found"; }
  kill -KILL "$coordinator"
  wait_until_gone
  code=0
  wait $! || code=$?
  # With recovery mpirun's own exit code is 0 whatever happened: that is what the launcher is for.
  [ "$way" = recovery ] || [ "$code" != 0 ] || fail "$way returned 0 though the coordinator was killed"
  [ ! -e "$out/final.rondo" ] || fail "the search was over before the coordinator was killed"
  "$rondo" resume "$out" >resume.log 2>&1 || { cat resume.log; fail "resume"; }
  same_run whole "$out"
  echo "$way: ended, resumed, equal"
done
