#!/usr/bin/env bash
# Builds the same commit in two folders and compares the two binaries (and FILE, if the caller names one).
# Usage: tests/reproducible.sh [static|native] [FILE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
{
    for copy in one two; do
        git clone --quiet . "$dir/$copy"
        make --silent --directory "$dir/$copy" "${1:-static}" >&2
        find "$dir/$copy/target" -path '*/release/s3-secure-bucket' -type f -exec sha256sum {} + | sed "s|$dir/||"
    done
    [ -z "${2-}" ] || sha256sum "$2"
} | awk '{ print; sums[$1] } END { exit length(sums) == 1 ? 0 : 1 }'
