#!/usr/bin/env bash
# Builds the program for aarch64 Linux, and tests the program in QEMU's user mode: the ELF header, the demo
# against the sandbox, the tests of `presign`, and the tests of s3-presign.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/common.sh
source tests/common.sh

readonly TARGET=aarch64-unknown-linux-musl
ensure_commands clang:clang qemu-aarch64:qemu-user curl:curl
make --no-print-directory static MUSL="$TARGET"
binary=$PWD/target/$TARGET/release/s3-secure-bucket

echo "Test that the binary is a static position-independent executable"
S3SB_BINARY=$binary cargo test --quiet --test main -- static_binary::the_binary_is_static_and_position_independent

echo "Run the demo in QEMU"
cargo build --quiet --package s3-sandbox --package s3-secure-bucket
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf '#!/bin/sh\nexec %q %q "$@"\n' "$(command -v qemu-aarch64)" "$binary" >"$dir/s3-secure-bucket"
chmod +x "$dir/s3-secure-bucket"
host=$(rustc -vV | sed -n 's/^host: //p')
ln -s "$PWD/target/$host/debug/s3-sandbox" "$dir/s3-sandbox"
tests/demo.sh "$dir"

echo "Run the tests of presign in QEMU"
S3SB_BINARY=$dir/s3-secure-bucket cargo test --quiet --test main -- presign

echo "Run the tests of s3-presign in QEMU"
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER=qemu-aarch64 \
  CC_aarch64_unknown_linux_musl=clang cargo test --quiet --package s3-presign --target "$TARGET" --lib --tests
