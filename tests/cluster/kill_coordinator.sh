#!/usr/bin/env bash
# The coordinator killed in mid-search: everything ends within seconds, no process stays behind, resume ends equal.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml random 30 60
"$rondo" search search.yaml --out whole >/dev/null 2>&1
for way in launch mpirun; do
  out=killed-$way
  case $way in
    launch) "$rondo" launch -n 4 -- search search.yaml --out "$out" --rank-timeout 2 >"$out.log" 2>&1 & ;;
    mpirun) mpi -n 4 "$rondo" search search.yaml --out "$out" --rank-timeout 2 >"$out.log" 2>&1 & ;;
  esac
  starter=$!
  for _ in $(seq 1 300); do
    [ -s "$out/journal.rondo" ] && [ "$(stat -c %s "$out/journal.rondo")" -gt 4000 ] && break
    sleep 0.05
  done
  coordinator=
  for pid in $(pgrep -f -- "search search.yaml --out $out"); do
    if tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx OMPI_COMM_WORLD_RANK=0; then coordinator=$pid; fi
  done
  [ -n "$coordinator" ] || { kill "$starter"; cat "$out.log"; fail "no coordinator found"; }
  kill -KILL "$coordinator"
  for _ in $(seq 1 200); do
    pgrep -f -- "--out $out" >/dev/null || break
    sleep 0.1
  done
  ! pgrep -f -- "--out $out" >/dev/null || { pkill -KILL -f -- "--out $out"; fail "processes are left 20 s after the coordinator's death"; }
  code=0
  wait "$starter" || code=$?
  [ "$code" != 0 ] || fail "$way returned 0 though the coordinator was killed"
  "$rondo" resume "$out" >/dev/null 2>&1 || fail "resume"
  same_run whole "$out"
  echo "$way: ended, resumed, equal"
done
