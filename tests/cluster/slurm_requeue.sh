#!/usr/bin/env bash
# A job with a limit of a minute requeues itself at Slurm's warning, twice, each time on another number of nodes: the
# bytes of one rank.
source "$(dirname "$0")/slurm_common.sh"

write_experiment search.yaml evolution 40 30
"$rondo" search search.yaml --out whole >/dev/null 2>&1
# The first two launches are too slow to end.
echo 'setup: [ "${SLURM_RESTART_COUNT:-0}" -ge 2 ] || export RONDO_TEST_DELAY=8000:1' >profile
job=$(submitted "$rondo" submit search.yaml --nodes 4 --tasks-per-node 2 --time 1 --profile profile --out runs/one)
for nodes in 2 3; do
  wait_for_state "$job" RUNNING 60
  wait_for_state "$job" PENDING 80
  [ "$(status_of runs/one state)" = paused ] || { show_logs; fail "the run is not paused"; }
  scontrol update "JobId=$job" "NumNodes=$nodes" "NumTasks=$((2 * nodes))"
done
wait_for_state "$job" COMPLETED 80
[ "$(restarts "$job")" -ge 2 ] || { show_logs; fail "restarted only $(restarts "$job") times"; }
for nodes in 4 2 3; do expect_text ", $nodes nodes " runs/one.log; done
same_run whole runs/one
for restarts in 0 1 2; do expect_text "\"restarts\": \"$restarts\"" runs/one/environment.json; done
grep -oE 'restart [0-9]+, [0-9]+ nodes' runs/one.log
echo "requeued $(restarts "$job") times, on 4, 2 and 3 nodes: equal"
