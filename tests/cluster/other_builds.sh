#!/usr/bin/env bash
# The builds of other presets, where they exist, give the same bytes.
source "$(dirname "$0")/common.sh"
compared=0
write_experiment search.yaml evolution 12 8
"$rondo" search search.yaml --out here >/dev/null 2>&1
for preset in debug asan clang; do
  other=$source_dir/build/$preset/coordinator/cli/rondo
  [ -x "$other" ] || continue
  "$other" search search.yaml --out "$preset" >/dev/null 2>&1 || fail "$preset"
  same_run here "$preset"
  echo "$preset: equal"
  compared=$((compared + 1))
done
for target in scalar avx2; do
  RONDO_TARGET=$target "$rondo" search search.yaml --out "target-$target" >target.log 2>&1 || { cat target.log; fail "$target"; }
  same_run here "target-$target"
  echo "target $target: equal"
done
echo "$compared other builds compared"
