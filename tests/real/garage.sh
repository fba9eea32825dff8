#!/usr/bin/env bash
# Starts a temporary Garage server. Garage answers 501 to requests for the controls, checks the region
# of a signature, and closes connections that it should keep open.
#
#   tests/real/garage.sh up DIR     builds Garage with cargo if missing (takes some minutes), starts
#                                   Garage, and writes DIR/env
#   tests/real/garage.sh down DIR   stops Garage, and keeps DIR with the logs
#
# Garage uses only loopback, plain HTTP and free ports, and keeps its state under DIR. If the variable
# GARAGE contains the path of a binary, the script starts this binary and builds nothing.
set -euo pipefail
# shellcheck source=tests/real/lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

VERSION=2.5.0
REGION=garage

server_up() {
  ensure_commands curl:curl openssl:openssl ss:iproute2
  local garage=${GARAGE:-$(cache_dir)/garage-$VERSION/bin/garage} s3 rpc admin key secret
  if [[ ! -x $garage ]]; then
    STEP=cargo
    (cd "$DIR" && cargo install garage --version "$VERSION" --no-default-features \
      --features bundled-libs,sqlite --profile dev --root "$(cache_dir)/garage-$VERSION") \
      >"$DIR/log/cargo" 2>&1
  fi
  read -r s3 rpc admin < <(free_ports 3)
  key=GK$(openssl rand -hex 12)
  secret=$(openssl rand -hex 32)
  cat >"$DIR/garage.toml" <<TOML
metadata_dir = "$DIR/meta"
data_dir = "$DIR/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$rpc"
rpc_public_addr = "127.0.0.1:$rpc"
rpc_secret = "$(openssl rand -hex 32)"
[s3_api]
s3_region = "$REGION"
api_bind_addr = "127.0.0.1:$s3"
[admin]
api_bind_addr = "127.0.0.1:$admin"
TOML
  spawn garage env -i PATH=/usr/bin:/bin HOME="$DIR" \
    GARAGE_DEFAULT_ACCESS_KEY="$key" GARAGE_DEFAULT_SECRET_KEY="$secret" \
    "$garage" -c "$DIR/garage.toml" server --single-node --default-access-key
  wait_for garage 30 "$garage" -c "$DIR/garage.toml" key allow --create-bucket "$key"
  cat >"$DIR/env" <<ENV
GARAGE_HTTP=http://127.0.0.1:$s3
GARAGE_REGION=$REGION
GARAGE_KEY_ID=$key
GARAGE_SECRET=$secret
GARAGE_VERSION=$VERSION
ENV
}

run_main "$@"
