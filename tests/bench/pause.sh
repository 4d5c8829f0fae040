#!/usr/bin/env bash
# From the warning signal to the end of mpirun: a search on 3 ranks that is paused and resumed at several moments.
#
#   tests/bench/pause.sh RONDO TABLE TARGET [UNITS]      UNITS: choices of the dense layers' width, "256,512,1024"
#
# Moments are seconds after mpirun's start; the early ones fall into the loading of the table. One before the ranks have
# started would be lost: mpirun has nobody to hand the signal to.
set -euo pipefail
rondo=$(realpath "$1") table=$(realpath "$2") target=$3 units=${4:-256,512,1024}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf 'data: {path: "%s", target: "%s"}\nsearch: {sampler: random, seed: 7}\nspace: {units: [%s]}\nbudget: {trials: 100}\n' \
  "$table" "$target" "$units" >search.yaml
echo "| signal after, s | to mpirun's end, s | exit | load |"
echo "|---|---|---|---|"
for after in 20 1.5 2 3 4 6 10 15; do
  mpirun --oversubscribe -n 3 "$rondo" search search.yaml --out run >log 2>&1 &
  search=$!
  sleep "$after"
  start=${EPOCHREALTIME/./} code=0
  kill -USR1 $search
  wait $search || code=$?
  printf '| %s | %.1f | %s | %s |\n' "$after" "$(((${EPOCHREALTIME/./} - start) / 1000))e-3" "$code" "$(cut -d' ' -f1 /proc/loadavg)"
  [ "$code" = 3 ] || { tail -n 20 log >&2; exit 1; }
done
