#!/usr/bin/env bash
# Starts MiniStack (from PyPI), which enforces signatures and IAM policies, with the same buckets
# over http and https. MiniStack is an S3 server for the tests that uses AWS's action names and AWS's
# condition for plain HTTP.
#
#   tests/real/ministack.sh up DIR     installs MiniStack if missing, starts it, and writes DIR/env
#   tests/real/ministack.sh down DIR   stops MiniStack, and keeps DIR with the logs
#
# MiniStack uses only loopback and free ports, and keeps its state under DIR, which must be missing
# or empty. The script installs MiniStack into
# ${S3SB_CACHE:-~/.cache/s3-secure-bucket}/ministack-1.5.33, which needs Python 3.10 or later. If the
# variable PYTHON is set, the script uses this Python.
set -euo pipefail
HERE=$(dirname "$(realpath "$0")")
# shellcheck source=tests/real/lib.sh
source "$HERE/lib.sh"

VERSION=1.5.33

server_up() {
  ensure_commands curl:curl openssl:openssl ss:iproute2
  install_venv "ministack-$VERSION" "$HERE/ministack-requirements.txt" 3.10 --require-hashes
  make_tls
  mkdir "$DIR"/{home,tmp}
  local http https root=(AKIAMINISTACKROOT000 "$(openssl rand -hex 20)")
  read -r http https <<<"$(free_ports 2)"

  # The script does not use the command `ministack`, because that command also binds port 443 and
  # cannot serve both http and https. `env -i` removes the caller's settings for AWS and proxies.
  spawn ministack env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$DIR/home" TMPDIR="$DIR/tmp" \
    AUTH=true AWS_ACCESS_KEY_ID="${root[0]}" AWS_SECRET_ACCESS_KEY="${root[1]}" GATEWAY_PORT="$https" \
    "$VENV/bin/python" -m hypercorn ministack.app:app --workers 1 \
    --bind "127.0.0.1:$https" --insecure-bind "127.0.0.1:$http" \
    --certfile "$DIR/tls/server.pem" --keyfile "$DIR/tls/server.key"
  wait_for ministack 60 curl --noproxy "*" -fsS -m 5 -o /dev/null "http://127.0.0.1:$http/_ministack/health"
  wait_for ministack 10 curl --noproxy "*" -fsS -m 5 -o /dev/null --cacert "$DIR/tls/ca.pem" \
    "https://localhost:$https/_ministack/health"

  # The tests use the root key only to create IAM users, because MiniStack does not apply bucket
  # policies to the root key.
  cat >"$DIR/env" <<ENV
MINISTACK_HTTP=http://127.0.0.1:$http
MINISTACK_HTTPS=https://localhost:$https
MINISTACK_CA=$DIR/tls/ca.pem
MINISTACK_ROOT_KEY_ID=${root[0]}
MINISTACK_ROOT_SECRET=${root[1]}
MINISTACK_VERSION=$VERSION
ENV
}

run_main "$@"
