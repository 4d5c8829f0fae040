#!/usr/bin/env bash
# replay and verify on a finished run, and on one that was tampered with.
source "$(dirname "$0")/common.sh"
write_experiment search.yaml random 8
mpi -n 3 "$rondo" search search.yaml --out run >/dev/null 2>&1
expect_exit 0 "$rondo" replay run
expect_text '^EQUAL' last.out
expect_exit 0 "$rondo" replay run --trial 3
expect_exit 0 "$rondo" verify run
# One flipped bit in the middle, the chain as it was: verify names the record.
cp -r run flipped
offset=$(($(stat -c %s run/journal.rondo) / 2))
byte=$(dd if=run/journal.rondo bs=1 skip=$offset count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of=flipped/journal.rondo bs=1 seek=$offset conv=notrunc 2>/dev/null
expect_exit 1 "$rondo" verify flipped
expect_text 'record [0-9]+' last.err
expect_exit 1 "$rondo" show flipped
echo "replay and verify hold"
