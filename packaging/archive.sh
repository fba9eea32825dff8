#!/usr/bin/env bash
# Packs a release archive: FOLDER/s3-secure-bucket-vVERSION-TARGET.tar.gz, or .zip for Windows. Equal
# files and an equal SOURCE_DATE_EPOCH (default: the time of the last commit) give an equal archive.
# Usage: packaging/archive.sh BINARY TARGET SHARE FOLDER
# SHARE is the folder that packaging/share.sh wrote. Archives for Windows contain no SHARE, because
# Windows has no manual pages, and PowerShell loads completions only from a profile.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=packaging/common.sh
source "$here/common.sh"

binary=$1 target=$2 share=$3
mkdir -p "$4"
folder=$(cd "$4" && pwd)
name=s3-secure-bucket-v$(workspace_field version)-$target
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct)}

temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
root=$temporary/$name
mkdir "$root"
suffix=
[[ $target != *-windows-* ]] || suffix=.exe
install -m 755 "$binary" "$root/s3-secure-bucket$suffix"
(cd "$here/.." && cp -R README.md CHANGELOG.md SECURITY.md LICENSE-* docs "$root")
[[ -n $suffix ]] || cp -R "$share" "$root/share"
find "$root" -type d -exec chmod 755 {} +
find "$root" -type f ! -name "s3-secure-bucket$suffix" -exec chmod 644 {} +
find "$root" -exec touch --no-dereference --date="@$epoch" {} +

if [[ -n $suffix ]]; then
  archive=$folder/$name.zip
  rm -f -- "$archive"
  (cd "$temporary" && find "$name" -type f | LC_ALL=C sort | TZ=UTC zip -q -X -9 -@ "$archive")
else
  archive=$folder/$name.tar.gz
  tar --directory="$temporary" --sort=name --owner=0 --group=0 --numeric-owner --format=ustar \
    --create "$name" | gzip --no-name -9 >"$archive"
fi
printf '%s\n' "$archive"
