#!/usr/bin/env bash
# A launch that crashes before the run is opened is tried again by the batch script, twice; what rondo refuses is not.
source "$(dirname "$0")/common.sh"

write_experiment search.yaml random 20
"$rondo" search search.yaml --out whole >/dev/null 2>&1
# Crashes as often as the file `crashes` says; a line in `launches` for each time that it was started.
cat >crashing <<CRASHING
#!/usr/bin/env bash
left=\$(cat crashes)
echo "\$*" >>launches
[ "\$left" = 0 ] || { echo \$((left - 1)) >crashes; kill -SEGV \$\$; }
exec "$rondo" "\$@"
CRASHING
chmod +x crashing

batch() { # crashes experiment run code launches
  local code=0
  echo "$1" >crashes
  rm -f launches
  write_batch_script "$work/crashing" 1 "$2"
  bash batch.sh "$3" >batch.log 2>&1 || code=$?
  [ "$code" = "$4" ] || { cat batch.log; fail "exit $code instead of $4 after $1 crashes"; }
  [ "$(wc -l <launches)" = "$5" ] || { cat batch.log; fail "$(wc -l <launches) launches instead of $5"; }
}

batch 0 search.yaml none 0 1
for crashes in 1 2; do
  batch $crashes search.yaml crashed-$crashes 0 $((crashes + 1))
  expect_text "crashed at its start \(exit code 139\): launches again, $crashes of 2" batch.log
  same_run whole crashed-$crashes
done
batch 9 search.yaml hopeless 1 3
expect_text "the search did not start" batch.log

# A run that is there already: resumed, not searched anew.
cp -r whole again
sed -i 's/"state": "done"/"state": "running"/' again/status.json
batch 1 search.yaml again 0 2
expect_text '^resume again$' launches
same_run whole again

sed 's/species/specis/' search.yaml >wrong.yaml
batch 0 wrong.yaml wrong 1 1
echo "crashes at the start: launched again; refusals: not"
