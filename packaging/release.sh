#!/usr/bin/env bash
# Makes all files of a release. Usage: packaging/release.sh BINARIES FOLDER
# BINARIES has one folder for each target, such as BINARIES/x86_64-unknown-linux-musl, with the binary and its
# software bill of materials (s3-secure-bucket.cdx.json). FOLDER must not exist. The manual pages and
# completions in every archive come from the x86_64 Linux binary, which runs on this machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=packaging/common.sh
source "$here/common.sh"

binaries=$1 folder=$2
share=$(mktemp -d)
trap 'rm -rf -- "$share"' EXIT
mkdir "$folder"
# Artifacts of GitHub Actions do not keep the permission to execute a file.
chmod +x "$binaries/x86_64-unknown-linux-musl/s3-secure-bucket"
"$here/share.sh" "$binaries/x86_64-unknown-linux-musl/s3-secure-bucket" "$share"
for binary in "$binaries"/*/s3-secure-bucket{,.exe}; do
  [[ -f $binary ]] || continue
  target=$(basename "$(dirname "$binary")")
  archive=$("$here/archive.sh" "$binary" "$target" "$share" "$folder")
  archive=${archive%.tar.gz}
  cp "$(dirname "$binary")/s3-secure-bucket.cdx.json" "${archive%.zip}.cdx.json"
done
"$here/manifests.sh" "$folder"
