#!/usr/bin/env bash
# Ranks that do not see the table are sent it, once a node: the bytes of one rank. A node is a cache folder here.
source "$(dirname "$0")/common.sh"

mkdir here there
cp "$tables/penguins.csv" here/table.csv
write_experiment experiment.yaml tpe 12
sed -i "s|path: .*|path: table.csv|" experiment.yaml
(cd here && "$rondo" search ../experiment.yaml --out "$work/one" 2>/dev/null >&2)
digest=$(sha256sum here/table.csv)
digest=${digest%% *}

# Rank 0 sees here/table.csv; 2 ranks of each cache folder look for it in another place. Slow enough that no rank has done
# all trials before the others are there.
search() { # run cache cache
  RONDO_TEST_DELAY=30:1 expect_exit 0 mpi -n 1 -wdir "$work/here" "$rondo" search "$work/experiment.yaml" --out "$work/$1" \
    : -n 2 -wdir "$work/there" env "RONDO_CACHE=$2" "$rondo" search "$work/experiment.yaml" --out "$work/$1" \
    : -n 2 -wdir "$work/there" env "RONDO_CACHE=$3" "$rondo" search "$work/experiment.yaml" --out "$work/$1"
  same_run one "$1"
}
sent() { grep -c '"event":"table_sent"' "$1/telemetry.jsonl" || true; }
from() { grep -c "\"event\":\"rank_joined\".*\"table from $2\"" "$1/telemetry.jsonl" || true; }
expect_sent() { # run sent from-cache
  [ "$(sent "$1")" = "$2" ] || { cat "$1/telemetry.jsonl" last.err; fail "$1: sent $(sent "$1") times instead of $2"; }
  [ "$(from "$1" cache)" = "$3" ] || { cat "$1/telemetry.jsonl"; fail "$1: $(from "$1" cache) ranks from the cache"; }
}

search missing "$work/a" "$work/b"
expect_sent missing 2 2
expect_text 'does not have the table and is sent its 15548 bytes' last.err
cmp here/table.csv "a/$digest.table"
[ -z "$(find a b -name '*.part')" ] || fail "a part is left in the cache"
echo "missing: sent once to each of 2 nodes, equal"

printf 'broken' >"a/$digest.table"
search broken "$work/a" "$work/b"
expect_sent broken 1 3
cmp here/table.csv "a/$digest.table"
echo "a broken file in one cache: sent to that node alone, equal"

head -n 100 here/table.csv >there/table.csv
search other "$work/a" "$work/b"
expect_sent other 0 4
rm there/table.csv
echo "another table at the path: not used, equal"

search memory /dev/null/cache "$work/b"
expect_sent memory 2 2
expect_text 'set RONDO_CACHE to a folder of this node that can be written to; the table is kept in memory' last.err
echo "a cache folder that cannot be made: kept in memory, said so, equal"

RONDO_CACHE_BYTES=1000 search small "$work/small" "$work/small"
expect_sent small 4 0
expect_text 'may hold 1000 bytes' last.err
echo "a cache folder that is too small: kept in memory, said so, equal"

# Killed while they bring it or wait for it, at random moments; the folder is as good as before.
seed=${RONDO_TEST_SEED:-$RANDOM}
echo "seed $seed"
RANDOM=$seed
awk '{ print; last = $0 } END { for (i = 0; i < 200000; ++i) print last }' here/table.csv >large.csv
mv here/table.csv small.csv
mv large.csv here/table.csv
large=$(sha256sum here/table.csv)
large=${large%% *}
killed=0
for _ in 1 2 3 4; do
  mpi --enable-recovery -n 1 -wdir "$work/here" "$rondo" search "$work/experiment.yaml" --out "$work/killed" --overwrite \
    : -n 2 -wdir "$work/there" env RONDO_CACHE="$work/c" "$rondo" search experiment.yaml >killed.log 2>&1 &
  for _ in $(seq 200); do
    if compgen -G "c/$large.*" >/dev/null || grep -q 'table_sent' killed/telemetry.jsonl 2>/dev/null; then break; fi
    sleep 0.05
  done
  sleep "0.0$((RANDOM % 9))"
  kill_everything
  wait || true
  wait_until_gone
  rm -rf killed
  killed=$((killed + 1))
  if [ -e "c/$large.table" ]; then
    cmp here/table.csv "c/$large.table"
    rm "c/$large.table"
  fi
done
# The next one that comes clears what the killed ones left.
mv small.csv here/table.csv
search after "$work/c" "$work/c"
expect_sent after 1 3
[ -z "$(find c -name '*.part')" ] || fail "a part of a killed fetch is left"
echo "$killed times killed: no broken file, and the next search is equal"
