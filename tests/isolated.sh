#!/usr/bin/env bash
# The tests that cargo lists as ignored: they look at a release binary, or need user namespaces (an empty
# root, no network or one with a name server of its own), which not every machine grants.
# Usage: tests/isolated.sh RELEASE-BINARY
set -euo pipefail
# shellcheck source=tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

more=()
if ! PATH=$PATH:/usr/sbin:/sbin unshare --map-root-user --net --mount ip link >/dev/null 2>&1; then
  skip namespaces "an empty root and a network of their own need unshare, ip and user namespaces (or root)"
  more=(--skip in_an_empty --skip presigning_needs_no_network --skip dns::)
fi
S3SB_BINARY=$(realpath -- "$1") cargo test --quiet --test main -- \
  --include-ignored static_binary presigning_needs_no_network dns:: "${more[@]}"
