#!/usr/bin/env bash
# Prepares the test of action.yml in CI: packs the static binary into FOLDER as a release for this machine,
# starts the sandbox, and sets the variables of the next steps in the file $GITHUB_ENV.
# Usage: tests/action-server.sh FOLDER, after `make static`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$1
target=$(uname -m)-unknown-linux-musl
binary=target/$target/release/s3-secure-bucket
mkdir -p "$folder" target/action
packaging/share.sh "$binary" target/action/share
packaging/archive.sh "$binary" "$target" target/action/share "$folder"
(cd "$folder" && sha256sum -- *.tar.gz >SHA256SUMS)

cargo build --quiet --package s3-sandbox
host=$(rustc -vV | sed -n 's/^host: //p')
"target/$host/debug/s3-sandbox" --aws-defaults --ca-out target/action/ca.pem >target/action/env 2>target/action/log &
for _ in $(seq 100); do
  ! grep -q CURL_CA_BUNDLE target/action/env || break
  sleep 0.1
done
# Each line has the form `export NAME='VALUE'`. `CURL_CA_BUNDLE` would also replace the CA certificates of
# other programs, so the next steps do not get this variable.
sed -n "/CURL_CA_BUNDLE/d; s/^export \([A-Z0-9_]*\)='\(.*\)'\$/\1=\2/p" target/action/env >>"$GITHUB_ENV"
