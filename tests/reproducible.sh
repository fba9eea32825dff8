#!/usr/bin/env bash
# Two builds of the same commit, in two folders, give the same bytes. Usage: tests/reproducible.sh [TARGET]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${1:-host-tuple}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for copy in one two; do
    git clone --quiet . "$dir/$copy"
    (cd "$dir/$copy" && cargo build --quiet --release --locked --target "$target")
    find "$dir/$copy/target" -path '*/release/s3-secure-bucket' -type f -exec sha256sum {} + | sed "s|$dir/||"
done | awk '{ print; sums[$1] } END { exit length(sums) == 1 ? 0 : 1 }'
