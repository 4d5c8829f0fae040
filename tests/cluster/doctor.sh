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

# What only a machine that is at fault has: other results, another rounding, a wrong clock, a rank that is stuck. A library in the program's way stands for it.
if ! command -v gcc >/dev/null; then
  echo "no gcc: mode, numerics, clock and ranks are not tried"
  exit 0
fi
cat >fault.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fenv.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec* time) {
  static int (*real)(clockid_t, struct timespec*);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, time);
  const char* const late = getenv("FAULT_CLOCK");
  if (clock == CLOCK_REALTIME && late != NULL) time->tv_sec -= atol(late);
  return result;
}
int EVP_DigestFinal_ex(void* context, unsigned char* digest, unsigned* size) {
  static int (*real)(void*, unsigned char*, unsigned*);
  if (real == NULL) real = (int (*)(void*, unsigned char*, unsigned*))dlsym(RTLD_NEXT, "EVP_DigestFinal_ex");
  const int result = real(context, digest, size);
  if (getenv("FAULT_BITS") != NULL) fesetround(FE_UPWARD);
  if (getenv("FAULT_HANG") != NULL) sleep(3600);
  return result;
}
int gethostname(char* name, size_t length) {
  if (getenv("FAULT_MODE") != NULL) fesetround(FE_UPWARD);
  name[0] = 'x';
  name[length > 1 ? 1 : 0] = 0;
  return 0;
}
C
gcc -shared -fPIC -O1 -o fault.so fault.c -ldl -lm
fault() { env "LD_PRELOAD=$work/fault.so" "$@" "$rondo" doctor --oversubscribed; }
fails mode "floating-point mode was changed" fault FAULT_MODE=1
fails numerics "give different bits" fault FAULT_BITS=1
fails clock "set the clock" fault FAULT_CLOCK=1700000000
fails agree "rank 1 on .*has a clock that is -3[56].* s off" \
  mpi -n 1 "${doctor[@]}" : -n 1 env "LD_PRELOAD=$work/fault.so" FAULT_CLOCK=3600 "${doctor[@]}"
fails ranks "1 of 2 answered" \
  mpi -n 1 "${doctor[@]}" --patience 5 : -n 1 env "LD_PRELOAD=$work/fault.so" FAULT_HANG=1 "${doctor[@]}"
