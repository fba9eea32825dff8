#!/usr/bin/env bash
# Runs the tests that cargo lists as ignored. The ignored tests inspect a release binary, or need
# user namespaces for an empty root folder or a separate network. If a machine does not permit user
# namespaces, the script skips the tests that need user namespaces.
# Usage: tests/isolated.sh RELEASE-BINARY
set -euo pipefail
# shellcheck source=tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

more=()
if ! PATH=$PATH:/usr/sbin:/sbin unshare --map-root-user --net --mount ip link >/dev/null 2>&1; then
  skip namespaces "the tests in an empty root folder or a separate network need unshare, ip and user namespaces (or root)"
  more=(--skip in_an_empty --skip presigning_needs_no_network --skip dns::)
fi
binary=$(realpath -- "$1")
# The limits of the memory are those of the release, which is built with musl.
[[ $binary != *-musl/* ]] || more+=(memory::)
S3SB_BINARY=$binary cargo test --quiet --test main -- \
  --include-ignored static_binary presigning_needs_no_network dns:: "${more[@]}"
