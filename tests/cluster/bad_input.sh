#!/usr/bin/env bash
# Wrong input: exit 2, a message that names the thing, and nothing written.
source "$(dirname "$0")/common.sh"

refused() { # pattern arguments…
  local pattern=$1
  shift
  expect_exit 2 "$rondo" "$@" --out refused
  expect_text "$pattern" last.err
  [ ! -e refused ] || fail "something was written: $*"
}

printf 'a,b,y\n1,2,x\n3,4,z\n' >tiny.csv
: >empty.csv
printf 'a,b,y\n' >header.csv
printf 'a,b,y\n1,2,x\n3,4\n5,6,z\n' >ragged.csv
awk 'BEGIN { print "a,y"; for (i = 0; i < 40; ++i) print i ",same" }' >one_class.csv
awk 'BEGIN { print "a,y"; for (i = 0; i < 40; ++i) print i "," (i == 7 ? "oops" : i * 1.5) }' >not_numeric.csv
awk 'BEGIN { print "a,y"; for (i = 0; i < 60; ++i) print i "," (i % 2 ? "yes" : "no") }' >good.csv
printf 'data: {path: good.csv, target: y}\nsearch:\n  lanez: 3\n' >unknown.yaml

refused 'missing\.csv' search --data missing.csv --target y
refused 'empty\.csv.*(empty|no header)' search --data empty.csv --target y
refused 'header\.csv' search --data header.csv --target y
refused 'ragged\.csv:3' search --data ragged.csv --target y
refused 'good\.csv.*z.*' search --data good.csv --target z
refused 'one_class\.csv|one class' search --data one_class.csv --target y
refused 'not_numeric\.csv:9|oops' search --data not_numeric.csv --target y --task regression
refused 'unknown\.yaml:3:3.*lanez.*lanes' search unknown.yaml
refused 'trials' search --data good.csv --target y --trials -5
refused 'target' search --data good.csv
refused 'sampler' search --data good.csv --target y --sampler magic

# On several ranks: said once, and everybody leaves at once with the same exit code.
for start in "mpirun --oversubscribe -n 4 $rondo" "$rondo launch -n 4 --"; do
  for arguments in "--data missing.csv --target y" "--data ragged.csv --target y" "--data good.csv --target z"; do
    # shellcheck disable=SC2086
    expect_exit 2 $start search $arguments --out refused
    [ "$(grep -c '^rondo' last.err)" = 1 ] || { cat last.err; fail "not said once: $start search $arguments"; }
    [ -z "$(processes_of "$rondo")" ] || fail "processes are left"
    [ ! -e refused ] || fail "something was written: $start search $arguments"
  done
done

"$rondo" search --data good.csv --target y --trials 2 --epochs 2 --out kept >/dev/null 2>&1
before=$(cat kept/journal.rondo | sha256sum)
expect_exit 2 "$rondo" search --data good.csv --target y --trials 2 --epochs 3 --out kept
expect_text 'epochs' last.err
[ "$before" = "$(cat kept/journal.rondo | sha256sum)" ] || fail "a refused search changed the run"
expect_exit 0 "$rondo" search --data good.csv --target y --trials 2 --epochs 2 --out kept
[ "$before" = "$(cat kept/journal.rondo | sha256sum)" ] || fail "a finished search changed when asked again"
mkdir other && echo hello >other/file
expect_exit 2 "$rondo" search --data good.csv --target y --trials 2 --out other
expect_exit 2 "$rondo" show nowhere
expect_exit 2 "$rondo" frobnicate
echo "every wrong input was refused"
