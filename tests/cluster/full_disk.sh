#!/usr/bin/env bash
# A full disk and a read-only folder: exit 1 with the reason, and nothing lost. Needs the right to mount.
source "$(dirname "$0")/common.sh"
mkdir small
mount -t tmpfs -o size=96k tmpfs small 2>/dev/null || skip "no right to mount a file system here"
trap 'kill_everything; umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT

write_experiment search.yaml random 40 30
"$rondo" search search.yaml --out whole >/dev/null 2>&1
for way in alone mpirun; do
  start=("$rondo")
  [ "$way" = alone ] || start=(mpirun --oversubscribe -n 3 "$rondo")
  mount -o remount,size=96k small
  expect_exit 1 "${start[@]}" search search.yaml --out small/run
  expect_text '[Nn]o space left' last.err
  [ ! -e small/run/final.rondo ] || fail "the disk was large enough"
  wait_until_gone
  mount -o remount,size=64m small
  expect_exit 0 "${start[@]}" resume small/run
  same_run whole small/run
  rm -r small/run
done

mkdir small/frozen
mount -o remount,ro small
expect_exit 1 "$rondo" search search.yaml --out small/frozen/run
expect_text '[Rr]ead-only' last.err
echo "full disk and read-only folder: refused with the reason, nothing lost"
