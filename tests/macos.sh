#!/usr/bin/env bash
# Type-checks all code and tests for macOS. Linking needs Apple's frameworks, so only a Mac can run the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/common.sh
source tests/common.sh

readonly TARGET=aarch64-apple-darwin
(ensure_commands clang:clang) || {
  [[ $? == "$CANNOT" ]] || exit
  skip macos "the line above names the reason"
  exit 0
}
rustup target add "$TARGET" || {
  skip macos "rustup cannot add $TARGET"
  exit 0
}
# The C code of ring includes one header of Apple's SDK, and needs nothing from this header.
include=$PWD/target/macos-include
mkdir -p "$include"
: >"$include/TargetConditionals.h"
CC_aarch64_apple_darwin=clang \
  CFLAGS_aarch64_apple_darwin="-nostdlibinc -DRING_CORE_NOSTDLIBINC=1 -I$include" \
  cargo check --quiet --workspace --all-targets --target "$TARGET"
