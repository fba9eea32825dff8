#!/usr/bin/env bash
# Hardens a bucket on the sandbox (an in-memory S3 server on this machine), uploads a file and downloads it.
# Usage: tests/demo.sh FOLDER-WITH-THE-BUILT-BINARIES
set -euo pipefail

bin=$(cd "$1" && pwd)
dir=$(mktemp -d)
sandbox=
stop() {
    if [ -n "$sandbox" ]; then kill "$sandbox" 2>/dev/null || true; fi
    rm -rf "$dir"
}
trap stop EXIT

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
run() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || {
    say() { printf '\n== %s\n' "$*"; }
    run() { printf '$ %s\n' "$*"; "$@"; }
}
s3-secure-bucket() { "$bin/s3-secure-bucket" "$@" 2>&1; }

# The demo must not use the AWS settings of this machine or send its secrets.
for name in $(compgen -e | grep -iE '^(AWS_|SSL_CERT_|(https?|all|no)_proxy$)'); do unset "$name"; done
export HOME=$dir

cd "$dir"
say "Start an in-memory S3 server for this demo, with http and https"
"$bin/s3-sandbox" --ca-out "$dir/ca.pem" >env.sh 2>sandbox.log &
sandbox=$!
for _ in $(seq 100); do
    if grep -q S3_SANDBOX_HTTP env.sh; then break; fi
    kill -0 "$sandbox" || { cat sandbox.log; exit 1; }
    sleep 0.05
done
# shellcheck disable=SC1091
. ./env.sh
cat sandbox.log
echo "endpoint: $AWS_ENDPOINT_URL_S3"

say "Create a bucket, harden the bucket, and print one PUT URL and one GET URL"
printf '$ s3-secure-bucket bootstrap demo-drop-box >urls\n'
{ "$bin/s3-secure-bucket" bootstrap demo-drop-box >urls; } 2>&1
PUT_URL=$(sed -n 's/^PUT //p' urls)
GET_URL=$(sed -n 's/^GET //p' urls)
echo
cut -c1-110 urls | sed 's/$/…/'

say "Upload a file with curl and the PUT URL, and download the file with the GET URL"
echo "hello from the other side of the company border" >example.txt
curl -fsS --cacert ca.pem -T example.txt "$PUT_URL"
curl -fsS --cacert ca.pem -o out.txt "$GET_URL"
cmp example.txt out.txt
echo "the downloaded file equals the uploaded file: $(cat out.txt)"

say "Download over plain HTTP with a valid signature: the TLS-only policy refuses it"
plain=$(AWS_ENDPOINT_URL_S3=$S3_SANDBOX_HTTP s3-secure-bucket presign get s3://demo-drop-box/uploads/example.txt)
status=$(curl -sS -o refused.xml -w '%{http_code}' "$plain")
echo "HTTP status $status: $(grep -o '<Code>[^<]*' refused.xml | cut -c7-)"
[ "$status" = 403 ]

say "A second run changes nothing"
run s3-secure-bucket bootstrap demo-drop-box --no-presign -v | tee second.log
if grep -q '^> PUT' second.log; then
    echo "a PUT was sent" >&2
    exit 1
fi

say "Done: the second run sent no PUT. README.md shows how to harden your bucket."
