#!/usr/bin/env bash
# One and two worker ranks killed in mid-search under the launcher: the others finish with the same bytes, exit 0.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml evolution 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
for victims in 1 2; do
  out=killed-$victims
  RONDO_TEST_DELAY=40:$victims "$rondo" launch -n 5 -- search search.yaml --out "$out" \
    >"$out.log" 2>&1 &
  wait_for_journal "$out" 4000
  killed=0
  for pid in $(processes_of "$rondo"); do
    [ "$killed" -lt "$victims" ] || break
    [ "$(rank_of "$pid")" -gt 0 ] 2>/dev/null || continue
    kill -KILL "$pid" && killed=$((killed + 1))
  done
  [ "$killed" = "$victims" ] || { cat "$out.log"; fail "found only $killed workers to kill"; }
  code=0
  wait $! || code=$?
  [ "$code" = 0 ] || { cat "$out.log"; fail "exit $code after $victims killed workers"; }
  same_run whole "$out"
  [ "$(grep -c rank_lost "$out/telemetry.jsonl")" = "$victims" ] || fail "telemetry does not report $victims lost ranks"
  expect_text 'rank [1-4] .*given up' "$out.log"
  [ -z "$(processes_of "$rondo")" ] || fail "processes are left"
  echo "$victims of 4 workers killed: equal"
done
