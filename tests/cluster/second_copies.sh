#!/usr/bin/env bash
# Ranks without work train what others are at: some trial is on two ranks at once, and the bytes stay the same.
source "$(dirname "$0")/common.sh"

write_experiment evolution.yaml evolution 12
"$rondo" search evolution.yaml --out alone >/dev/null
export RONDO_TEST_DELAY=40:11
for ranks in 3 9; do
  mpi -n "$ranks" "$rondo" search evolution.yaml --second-copies true --out "copies-$ranks" >copies.log 2>&1 ||
    { cat copies.log; fail "on $ranks ranks"; }
  same_run alone "copies-$ranks"
done

# Trials that were begun by a second rank before the first one was done or called back.
copies=$(/usr/bin/python3 - copies-9/telemetry.jsonl <<'PYTHON'
import json
import sys

at_work = {}
copies = 0
for line in open(sys.argv[1], encoding="utf-8"):
    event = json.loads(line)
    rank = event.get("rank")
    if event["event"] == "assigned":
        copies += event["trial"] in at_work.values()
        at_work[rank] = event["trial"]
    elif event["event"] in ("segment_done", "called_back", "attempt_failed", "rank_lost"):
        at_work.pop(rank, None)
print(copies)
PYTHON
)
[ "$copies" -gt 0 ] || fail "no trial was ever on two ranks: the test compares nothing"
echo "3 and 9 ranks, $copies second copies: the bytes of one rank"
