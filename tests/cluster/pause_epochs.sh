#!/usr/bin/env bash
# A pause costs each running trial at most the epoch at hand: on 3 ranks that are paused three times, with epochs of
# milliseconds and of seconds, no epoch that was finished is trained again. Telemetry says which ranks trained which.
source "$(dirname "$0")/common.sh"

# Every epoch is reported when it ends, so that one which is lost has been told of; checkpoints are left to the pauses.
cat >search.yaml <<YAML
data: {path: $tables/penguins.csv, target: species}
split: {test: 0.2}
search: {sampler: random, seed: 7, lanes: 6}
space: {units: [16, 1536], dense_layers: [2], batch_size: [1], batch_norm: [false]}
training: {epochs: 6, patience: 6}
budget: {trials: 9}
final: {ensemble: 1}
execution: {report_seconds: 0, checkpoint_seconds: 86400}
YAML

wait_for_ranks() { # so many lines: ranks that have joined, in all launches
  for _ in $(seq 1 1200); do
    [ "$(grep -cs '"rank_joined"' run/telemetry.jsonl)" != "$1" ] || return 0
    sleep 0.05
  done
  cat round.log
  fail "the ranks do not join"
}

command=(search search.yaml --out run) joined=0
for seconds in 2 3 4; do
  # Short epochs are made longer, so that such trials are under way as well.
  RONDO_TEST_DELAY=1000:$seconds mpirun --oversubscribe -n 3 "$rondo" "${command[@]}" >round.log 2>&1 &
  wait_for_ranks $((joined += 2))
  sleep "$seconds"
  kill -USR1 $!
  code=0
  wait $! || code=$?
  [ "$code" = 3 ] || { cat round.log; fail "exit $code instead of 3 after $seconds s"; }
  command=(resume run)
done
mpi -n 3 "$rondo" resume run >round.log 2>&1 || { cat round.log; fail "resume"; }

/usr/bin/python3 - run/telemetry.jsonl <<'PYTHON' || fail "a pause cost more than the epochs at hand"
import json
import sys

trained = {}  # trial: epochs, in the order in which they were trained
handed_back = 0
for line in open(sys.argv[1], encoding="utf-8"):
    event = json.loads(line)
    if "epochs" not in event:
        continue
    first, last = event["epochs"]
    trained.setdefault(event["trial"], []).extend(range(first, last + 1))
    handed_back += event["event"] == "rank_left"
wrong = 0
for trial, epochs in sorted(trained.items()):
    if epochs != list(range(1, len(epochs) + 1)):
        print(f"trial {trial} trained the epochs {epochs}")
        wrong += 1
print(f"{handed_back} trials with finished epochs were under way at three pauses, {wrong} trained one of them again")
# Two ranks at each of three moments; one of them may just have begun a trial.
sys.exit(wrong > 0 or handed_back < 3)
PYTHON
