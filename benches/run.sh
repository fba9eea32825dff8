#!/usr/bin/env bash
# Ratios against peers, all in one run: absolute times of a shared machine say little.
# Usage: benches/run.sh RELEASE-BINARY
# Pulls the peers (crates.io, PyPI) into a folder of their own; the product never sees them.
set -euo pipefail

bin=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${S3SB_CACHE:-$HOME/.cache/s3-secure-bucket}/bench
mkdir -p "$cache"

CARGO_TARGET_DIR=$cache/target cargo build --quiet --release --manifest-path "$here/peers/Cargo.toml"
peers=$(find "$cache/target" -path '*/release/peers' -type f -perm -u+x | head -n 1)

python=python3
if ! python3 -c 'import boto3' 2>/dev/null; then
    [ -x "$cache/venv/bin/python" ] || { python3 -m venv "$cache/venv" && "$cache/venv/bin/pip" install --quiet boto3; }
    python=$cache/venv/bin/python
fi
exec "$python" "$here/report.py" "$bin" "$peers"
