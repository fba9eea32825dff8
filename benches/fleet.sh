#!/usr/bin/env bash
# Hardens a thousand buckets with this program, and with boto3 and threads, and compares the times.
# Usage: benches/fleet.sh RELEASE-BINARY SANDBOX-BINARY
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${S3SB_CACHE:-$HOME/.cache/s3-secure-bucket}/bench
mkdir -p "$cache"
python=python3
if ! python3 -c 'import boto3' 2>/dev/null; then
    [ -x "$cache/venv/bin/python" ] || { python3 -m venv "$cache/venv" && "$cache/venv/bin/pip" install --quiet boto3; }
    python=$cache/venv/bin/python
fi
exec "$python" "$here/fleet.py" "$(realpath "$1")" "$(realpath "$2")"
