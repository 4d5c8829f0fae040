#!/usr/bin/env bash
# The builds of other presets, where they exist, and every kernel target of this CPU give the same bytes.
source "$(dirname "$0")/common.sh"
write_experiment search.yaml evolution 12 8
"$rondo" search search.yaml --out here >/dev/null 2>&1

builds=0
for preset in release debug clang sanitize; do
  other=$source_dir/build/$preset/coordinator/cli/rondo
  [ -x "$other" ] && [ "$(realpath "$other")" != "$rondo" ] || continue
  "$other" search search.yaml --out "$preset" >build.log 2>&1 || { cat build.log; fail "$preset"; }
  same_run here "$preset"
  echo "build $preset: equal"
  builds=$((builds + 1))
done

targets=0
for target in scalar sse4 avx2 avx512 neon; do
  code=0
  RONDO_TARGET=$target "$rondo" search search.yaml --out "target-$target" >target.log 2>&1 || code=$?
  if [ "$code" = 2 ] && grep -q "RONDO_TARGET" target.log; then continue; fi
  [ "$code" = 0 ] || { cat target.log; fail "target $target: exit $code"; }
  grep -q "\"kernel_target\": \"$target\"" "target-$target/environment.json" || fail "$target was not used"
  same_run here "target-$target"
  echo "target $target: equal"
  targets=$((targets + 1))
done
[ "$targets" -gt 0 ] || fail "no kernel target could be compared"
echo "$builds other builds and $targets kernel targets compared"
