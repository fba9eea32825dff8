#!/usr/bin/env bash
# Writes the files that describe the archives of a release into the folder of the archives: SHA256SUMS,
# the formula for Homebrew, the manifest for Scoop, and the install script.
# Usage: packaging/manifests.sh FOLDER
# A template in this folder contains @VERSION@, @REPOSITORY@, and @SHA256:TARGET@ for the checksum of the
# archive for TARGET. The script fails if a template needs an archive that FOLDER does not contain.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=packaging/common.sh
source "$here/common.sh"

cd "$1"
version=$(workspace_field version)
repository=$(workspace_field repository)
shopt -s nullglob
archives=(s3-secure-bucket-v"$version"-*.tar.gz s3-secure-bucket-v"$version"-*.zip)
((${#archives[@]})) || die "$1 contains no archive of version $version"

edits=("s|@VERSION@|$version|g" "s|@REPOSITORY@|$repository|g")
for archive in "${archives[@]}"; do
  target=${archive#s3-secure-bucket-v"$version"-}
  target=${target%.tar.gz}
  target=${target%.zip}
  read -r sum _ < <(sha256sum -- "$archive")
  edits+=("s|@SHA256:$target@|$sum|g")
done

for template in s3-secure-bucket.rb s3-secure-bucket.json install.sh; do
  sed "${edits[@]/#/-e}" "$here/$template" >"$template"
  ! grep -n '@[A-Z0-9]*[:@]' "$template" >&2 || die "$template needs a value that is missing"
done
# SHA256SUMS lists every other file of the release.
rm -f SHA256SUMS
sha256sum -- * >"${TMPDIR:-/tmp}/SHA256SUMS.$$"
mv "${TMPDIR:-/tmp}/SHA256SUMS.$$" SHA256SUMS
cat SHA256SUMS
