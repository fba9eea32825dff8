#!/usr/bin/env bash
# Compares the speed with other tools in one session, because absolute times on a shared machine vary.
# Usage: benches/run.sh RELEASE-BINARY SANDBOX-BINARY
# Installs the other tools (from crates.io and PyPI) into a separate folder.
set -euo pipefail

bin=$(realpath "$1")
sandbox=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${S3SB_CACHE:-$HOME/.cache/s3-secure-bucket}/bench
mkdir -p "$cache"

CARGO_TARGET_DIR=$cache/target cargo build --quiet --release --manifest-path "$here/peers/Cargo.toml"
peers=$(find "$cache/target" -path '*/release/peers' -type f -perm -u+x | head -n 1)

if ! "$cache/venv/bin/python" -c 'import boto3, awscli, S3' 2>/dev/null; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet boto3 awscli s3cmd
fi
# The smallest possible process for comparison: a static, stripped program that prints one line.
echo 'fn main() { println!("hello"); }' >"$cache/hello.rs"
rustc -O -C target-feature=+crt-static -C panic=abort -C strip=symbols -o "$cache/hello" "$cache/hello.rs"

exec "$cache/venv/bin/python" "$here/report.py" "$bin" "$peers" "$sandbox" "$cache/hello" "$cache/venv"
