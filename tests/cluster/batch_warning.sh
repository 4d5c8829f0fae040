#!/usr/bin/env bash
# The batch script's warning is not lost on an mpirun that has no ranks yet: it ends with 3, and goes on to the same bytes.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml random 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
write_batch_script "$rondo" 3 search.yaml
for seconds in 0.05 0.1 0.15 0.2 0.3 0.5; do
  run=paused-$seconds
  RONDO_TEST_DELAY=60:1 bash batch.sh $run >batch.log 2>&1 &
  for _ in $(seq 1 400); do [ ! -s batch.log ] || break; sleep 0.01; done
  sleep $seconds
  kill -USR1 $!
  code=0
  wait $! || code=$?
  wait_until_gone
  # Before mpirun handles signals at all, one ends it: then there is no run yet, and the script says so.
  if [ "$code" = 1 ] && [ ! -e $run/journal.rondo ]; then echo "$seconds s: mpirun had hardly begun"; continue; fi
  [ "$code" = 3 ] || { cat batch.log; fail "exit $code instead of 3 ($seconds s after its start)"; }
  expect_text 'paused as asked' $run/status.json
  bash batch.sh $run >batch.log 2>&1 || { cat batch.log; fail "going on"; }
  same_run whole $run
  echo "$seconds s: paused, gone on, equal"
done
