#!/usr/bin/env bash
# What the batch script does after a launch: requeues what died without a word, goes on with it, and stops in the end.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml random 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
write_batch_script "$rondo" 3 search.yaml

in_the_middle() { # run: a launch with some of its trials done; its process in $batch
  RONDO_TEST_DELAY=60:1 bash batch.sh "$1" >batch.log 2>&1 &
  batch=$!
  (wait_for_journal "$1" 1000) || { cat batch.log; fail "$1 does not begin"; }
}
ends_with() { # code pattern
  local code=0
  wait $batch || code=$?
  [ "$code" = "$1" ] || { cat batch.log; fail "exit $code instead of $1"; }
  expect_text "$2" batch.log
}

in_the_middle died
kill -KILL $(processes_of "$rondo")
ends_with 3 'ended without a word .*: requeues itself'
expect_text 'cannot requeue itself here: submit this script again' batch.log
wait_until_gone
bash batch.sh died >batch.log 2>&1 || { cat batch.log; fail "going on"; }
expect_text ': done: died' batch.log
same_run whole died
echo "ranks that died: requeued, gone on, equal"

in_the_middle stopped
kill -TERM $batch
ends_with 3 'ended from outside; submit this script again to go on'
echo "ended from outside: not requeued"

export most_restarts=2 SLURM_RESTART_COUNT=2
in_the_middle enough
kill -USR1 $batch
ends_with 3 'restarted 2 times, which is enough'
echo "restarted often enough: not requeued"
