#!/usr/bin/env bash
# Compares the program with other tools in one session, because absolute times on a shared machine vary. Quote
# the ratios, and not the absolute times.
# Usage: benches/run.sh RELEASE-BINARY GLIBC-BINARY SANDBOX-BINARY
# Installs the other tools (from crates.io and PyPI) into a separate folder.
set -euo pipefail

bin=$(realpath "$1")
glibc=$(realpath "$2")
sandbox=$(realpath "$3")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${S3SB_CACHE:-$HOME/.cache/s3-secure-bucket}/bench
mkdir -p "$cache"

CARGO_TARGET_DIR=$cache/target cargo build --quiet --release --manifest-path "$here/peers/Cargo.toml"
peers=$(find "$cache/target" -path '*/release/peers' -type f -perm -u+x | head -n 1)

python=$cache/venv/bin/python
if ! "$python" -c 'import boto3, awscli, S3' 2>/dev/null; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet boto3 awscli s3cmd
fi
# The smallest possible process for comparison: a static, stripped program that prints one line.
echo 'fn main() { println!("hello"); }' >"$cache/hello.rs"
rustc -O -C target-feature=+crt-static -C panic=abort -C strip=symbols -o "$cache/hello" "$cache/hello.rs"

printf '%s, %s processors, %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(date +%F)"
"$cache/venv/bin/pip" freeze | grep -iE '^(boto3|awscli|s3cmd)=='
"$python" "$here/urls.py" "$bin" "$glibc" "$peers" "$cache/hello" "$cache/venv"
"$python" "$here/buckets.py" "$bin" "$sandbox"
"$python" "$here/objects.py" "$bin" "$sandbox" "$cache/venv"

printf '\n| build | bytes |\n|---|---|\n'
printf '| a static hello world (Rust) | %s |\n' "$(stat -c %s "$cache/hello")"
# `make arm` and `make windows` make the other builds. A build that is older than the code is left out.
for build in "$here"/../target/*/release/s3-secure-bucket{,.exe}; do
    [ ! -e "$build" ] || [ -n "$(find "$here/../src" "$here/../presign/src" -newer "$build" -print -quit)" ] || printf '| %s | %s |\n' "$(basename "$(dirname "$(dirname "$build")")")" "$(stat -c %s "$build")"
done
