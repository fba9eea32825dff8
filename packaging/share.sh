#!/usr/bin/env bash
# Writes the manual pages, and the completions for bash, zsh and fish, into FOLDER, in the layout of
# /usr/share. Usage: packaging/share.sh BINARY FOLDER
set -euo pipefail

COMMANDS="bootstrap audit verify presign presign-get presign-put presign-head presign-delete presign-post presign-multipart \
  request list revoke inspect iam-policy credentials endpoint completions man"

binary=$1 share=$2
mkdir -p "$share"/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
"$binary" man >"$share/man/man1/s3-secure-bucket.1"
for command in $COMMANDS; do
  # `man` takes the method of `presign` as a second argument.
  read -ra words <<<"${command/#presign-/presign }"
  "$binary" man "${words[@]}" >"$share/man/man1/s3-secure-bucket-$command.1"
done
"$binary" completions bash >"$share/bash-completion/completions/s3-secure-bucket"
"$binary" completions zsh >"$share/zsh/site-functions/_s3-secure-bucket"
"$binary" completions fish >"$share/fish/vendor_completions.d/s3-secure-bucket.fish"
