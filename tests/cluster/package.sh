#!/usr/bin/env bash
# The installed prefix, the .deb and the .tar.gz of this build: their files, dependencies and modes, and the unpacked
# program computes what the build's does. (deploy/package/check --clean-root takes the .deb to a fresh Debian root.)
source "$(dirname "$0")/common.sh"

command -v dpkg-shlibdeps >/dev/null && command -v file >/dev/null || skip "dpkg-shlibdeps or file is not installed"
build=${rondo%/coordinator/cli/rondo}
"$source_dir/deploy/package/check" --build "$build" --out "$work/packages"
