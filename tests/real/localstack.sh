#!/usr/bin/env bash
# Starts LocalStack (from PyPI, without docker) as an S3 server for the tests, with S3, STS, IAM and
# KMS, and with http and https on one port.
#
#   tests/real/localstack.sh up DIR     installs LocalStack if missing, starts it, and writes DIR/env
#   tests/real/localstack.sh down DIR   stops LocalStack, and keeps DIR with the logs
#
# LocalStack uses only loopback and a free port, and keeps its state under DIR, which must be
# missing or empty. The script installs LocalStack into
# ${S3SB_CACHE:-~/.cache/s3-secure-bucket}/localstack-2026.3.0, which needs Python 3.12 or later. If the
# variable PYTHON is set, the script uses this Python.
set -euo pipefail
HERE=$(dirname "$(realpath "$0")")
# shellcheck source=tests/real/lib.sh
source "$HERE/lib.sh"

VERSION=2026.3.0

server_up() {
  ensure_commands curl:curl openssl:openssl ss:iproute2
  # LocalStack does not work with some dependencies that its metadata permits, as README.md explains.
  install_venv "localstack-$VERSION" "$HERE/localstack-requirements.txt" 3.12
  make_tls
  mkdir "$DIR"/{home,tmp,state}
  cat "$DIR/tls/server.key" "$DIR/tls/server.pem" >"$DIR/tls/localstack.pem"
  local port
  port=$(free_ports 1)

  # `env -i` removes the caller's settings for AWS, proxies and LocalStack.
  spawn localstack env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$DIR/home" TMPDIR="$DIR/tmp" \
    OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT="$DIR/state" LOCALSTACK_VOLUME_DIR="$DIR/state" \
    GATEWAY_LISTEN="127.0.0.1:$port" LOCALSTACK_HOST="localhost:$port" DNS_ADDRESS=0 \
    CUSTOM_SSL_CERT_PATH="$DIR/tls/localstack.pem" SKIP_SSL_CERT_DOWNLOAD=1 \
    SERVICES=s3,sts,iam,kms EAGER_SERVICE_LOADING=1 S3_SKIP_SIGNATURE_VALIDATION=0 \
    DISABLE_EVENTS=1 \
    "$VENV/bin/python" "$HERE/localstack_main.py"
  wait_for localstack 120 curl --noproxy "*" -fsS -m 20 -o /dev/null "http://127.0.0.1:$port/_localstack/health"
  wait_for localstack 10 curl --noproxy "*" -fsS -m 5 -o /dev/null --cacert "$DIR/tls/ca.pem" \
    "https://localhost:$port/_localstack/health"

  # LocalStack never checks signatures in headers, and checks presigned URLs with the secret "test".
  # LocalStack uses a key id of 12 digits as the account id.
  cat >"$DIR/env" <<ENV
LOCALSTACK_URL=http://127.0.0.1:$port
LOCALSTACK_HTTPS=https://localhost:$port
LOCALSTACK_CA=$DIR/tls/ca.pem
LOCALSTACK_OWNER_KEY_ID=111111111111
LOCALSTACK_OWNER_SECRET=test
LOCALSTACK_OWNER_ACCOUNT=111111111111
LOCALSTACK_STRANGER_KEY_ID=222222222222
LOCALSTACK_STRANGER_SECRET=test
LOCALSTACK_STRANGER_ACCOUNT=222222222222
LOCALSTACK_VERSION=$VERSION
ENV
}

run_main "$@"
