#!/usr/bin/env bash
# rondo doctor under mpirun: every check passes on a sound set-up, and each one fails on one that is broken in its way.
source "$(dirname "$0")/common.sh"

cp "$tables/penguins.csv" a.csv
{ cat a.csv; tail -n 1 a.csv; } >b.csv
doctor=("$rondo" doctor --oversubscribed)
expect_exit 0 mpi -n 3 "${doctor[@]}" --data a.csv
expect_text '^ok +ranks +3 of 3 answered' last.out
expect_text '^ok +agree +3 ranks: the same program, bits, table, time' last.out
if grep -q FAILED last.out; then cat last.out; fail "a sound set-up fails"; fi
[ "$(find . -name '.rondo-doctor*' | wc -l)" = 0 ] || fail "doctor leaves files behind"
echo "sound: $(grep -c '^ok' last.out) checks pass"

fails() { # check pattern command…
  local check=$1 pattern=$2
  shift 2
  expect_exit 1 "$@"
  expect_text "^FAILED $check +.*$pattern" last.out
  echo "$check can fail"
}
fails target "RONDO_TARGET is 'vax'" env RONDO_TARGET=vax "${doctor[@]}"
fails folder "cannot create" "${doctor[@]}" --folder /proc
fails disk "make room" "${doctor[@]}" --folder /proc
fails files "raise ulimit -n" bash -c "ulimit -n 64 && exec '$rondo' doctor"
fails memory "are wanted" bash -c "ulimit -v 500000 && exec '$rondo' doctor"
fails data "missing.csv" "${doctor[@]}" --data missing.csv
fails agree "another table" mpi -n 1 "${doctor[@]}" --data a.csv : -n 2 "${doctor[@]}" --data b.csv
expect_exit 0 mpi -n 2 "${doctor[@]}" --data a.csv : -n 1 "${doctor[@]}" --data missing.csv
expect_text '^ok +data .*1 of 3 ranks do not see it and would be sent it, rank 2 on .*missing.csv' last.out
expect_text '^ok +cache' last.out
fails cache "rank 2 on .*RONDO_CACHE" \
  mpi -n 2 "${doctor[@]}" --data a.csv : -n 1 env RONDO_CACHE=/dev/null/cache "${doctor[@]}" --data missing.csv
fails cores "has 3 workers on 1 cores" mpi -n 4 --bind-to none taskset -c 0 "$rondo" doctor
