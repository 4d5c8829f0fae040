#!/usr/bin/env bash
# One and two worker ranks killed in mid-search under the launcher: the others finish with the same bytes, exit 0.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml evolution 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
for victims in 1 2; do
  out=killed-$victims
  "$rondo" launch -n 5 -- search search.yaml --out "$out" --rank-timeout 2 >"$out.log" 2>&1 &
  launcher=$!
  for _ in $(seq 1 300); do
    [ -s "$out/journal.rondo" ] && [ "$(stat -c %s "$out/journal.rondo")" -gt 4000 ] && break
    sleep 0.05
  done
  # Workers carry their rank in Open MPI's own variable.
  killed=0
  for pid in $(pgrep -f -- "search search.yaml --out $out"); do
    [ "$killed" -lt "$victims" ] || break
    rank=$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^OMPI_COMM_WORLD_RANK=//p') || continue
    [ -n "$rank" ] && [ "$rank" -gt 0 ] || continue
    kill -KILL "$pid" && killed=$((killed + 1))
  done
  [ "$killed" = "$victims" ] || { kill "$launcher"; cat "$out.log"; fail "found only $killed workers to kill"; }
  code=0
  wait "$launcher" || code=$?
  [ "$code" = 0 ] || { cat "$out.log"; fail "exit $code after $victims killed workers"; }
  same_run whole "$out"
  expect_text 'rank_lost' "$out/telemetry.jsonl"
  expect_text '[Rr]ank [1-4].*(lost|given up|silent)' "$out.log"
  ! pgrep -f -- "--out $out" >/dev/null || fail "processes are left"
  echo "$victims of 4 workers killed: equal"
done
