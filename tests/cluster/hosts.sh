#!/usr/bin/env bash
# Three hosts with 2 ranks each (network namespaces of this machine): the bytes of one rank, though two hosts do not see the
# table, a daemon or a host is killed, or a cable is pulled.
source "$(dirname "$0")/common.sh"

hosts=$source_dir/deploy/hosts-in-namespaces
net=$work/net
[ "$(id -u)" = 0 ] || skip "network namespaces need root"
for program in ip unshare nsenter python3; do command -v "$program" >/dev/null || skip "$program is not installed"; done
trap '"$hosts" stop "$net" 2>/dev/null; kill_everything; rm -rf "$work"' EXIT
code=0
"$hosts" start "$net" 3 || code=$?
[ "$code" != 77 ] || skip "namespaces are not permitted here"
[ "$code" = 0 ] || fail "the hosts do not start"
on() { "$hosts" on "$net" "$@"; }

# Only h1 sees the table.
mkdir data
cp "$tables/penguins.csv" data/table.csv
for host in h2 h3; do on $host mount -t tmpfs none "$work/data"; done
write_experiment experiment.yaml random 24
sed -i "s|path: .*|path: $work/data/table.csv|" experiment.yaml
"$rondo" search experiment.yaml --out one >/dev/null 2>&1

read -ra mpirun <"$net/mpirun"
expect_exit 0 on h1 mpirun "${mpirun[@]}" -n 6 "$rondo" search experiment.yaml --out hosts
same_run one hosts
[ "$(grep -o '"host":"h[1-3]"' hosts/telemetry.jsonl | sort -u | wc -l)" = 3 ] || fail "not all hosts took part"
[ "$(grep -c '"event":"table_sent"' hosts/telemetry.jsonl)" = 2 ] || fail "the table is not sent once to each of 2 hosts"
[ "$(grep -c 'table from cache' hosts/telemetry.jsonl)" = 2 ] || fail "2 ranks should have it from their host's cache"
echo "3 hosts, 6 ranks: equal; the table was sent once to each of the 2 hosts that do not see it"

processes_on() { # host program
  local pid host_namespace
  host_namespace=$(readlink "/proc/$(cat "$net/$1/process")/ns/pid")
  for pid in $(processes_of "$2"); do
    if [ "$(readlink "/proc/$pid/ns/pid")" = "$host_namespace" ]; then echo "$pid"; fi
  done
}
orted=$(realpath "$(command -v orted)")

arguments=()
for argument in "${mpirun[@]}" -x RONDO_TEST_DELAY; do arguments+=("--mpirun-arg=$argument"); done
launched() { # run: on h1, slow enough to have a middle; ranks that are silent for 4 s are given up. One cache for all hosts.
  RONDO_CACHE=$work/cache-$1 RONDO_TEST_DELAY=120:1 on h1 "$rondo" launch -n 6 "${arguments[@]}" -- search experiment.yaml --out "$1" --rank-timeout 4 \
    >"$1.out" 2>"$1.err" &
  launcher=$!
  wait_for_journal "$1" 1500
}
ended() { # run what: it ended well and equal, all ranks are gone, and some were lost
  local code=0
  wait "$launcher" || code=$?
  [ "$code" = 0 ] || { cat "$1.out" "$1.err" >&2; fail "$2: exit $code"; }
  same_run one "$1"
  [ "$(grep -c '"event":"rank_lost"' "$1/telemetry.jsonl")" -gt 0 ] || fail "$2: no rank was lost"
  [ "$(grep -c '"event":"table_sent"' "$1/telemetry.jsonl")" = 1 ] || fail "$2: RONDO_CACHE is not the other hosts' cache"
  wait_until_gone
  [ -z "$(processes_of "$(realpath "$(command -v mpirun)")")" ] || fail "$2: mpirun is left"
  echo "$2: equal, exit 0, $(grep -c '"event":"rank_lost"' "$1/telemetry.jsonl") ranks lost"
}

launched daemon
kill -KILL "$(processes_on h3 "$orted")"
ended daemon "h3's daemon killed"

launched cut
"$hosts" cut "$net" h2
cut_at=${EPOCHREALTIME/./}
for program in "$rondo" "$orted"; do
  for _ in $(seq 300); do
    [ -n "$(processes_on h2 "$program")" ] || break
    sleep 0.1
  done
  [ -z "$(processes_on h2 "$program")" ] || fail "$program is left on the host that was cut off"
  echo "$(basename "$program") left h2 $(((${EPOCHREALTIME/./} - cut_at) / 100000)) tenths of a second after the cut"
done
ended cut "h2's cable pulled"
"$hosts" mend "$net" h2

launched killed
"$hosts" kill "$net" h3
ended killed "h3 killed"
