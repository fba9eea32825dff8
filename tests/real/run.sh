#!/usr/bin/env bash
# Runs tests/real.rs against servers of other projects on loopback: Ceph RGW, LocalStack, MiniStack.
# If a server cannot run on this machine, the script reports SKIPPED and does not run the tests of
# the server.
# Usage: tests/real/run.sh [ceph|localstack|ministack]...   (default: all)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/common.sh
source "$here/../common.sh"

(($#)) || set -- ceph localstack ministack
dir=$(mktemp -d)
stop() {
  local server
  for server in ceph localstack ministack; do
    "$here/$server.sh" down "$dir/$server" || true
  done
  rm -rf "$dir"
}
trap stop EXIT

# The tests of a server are in a module with the server's name, so the name of a server selects its
# tests.
up=()
for server; do
  status=0
  "$here/$server.sh" up "$dir/$server" || status=$?
  case $status in
    0)
      set -a
      # shellcheck disable=SC1090,SC1091
      source "$dir/$server/env"
      set +a
      version=${server^^}_VERSION
      echo "$server ${!version} is up"
      up+=("$server")
      ;;
    "$CANNOT") skip "$server" "the line above names the reason" ;;
    *) exit "$status" ;;
  esac
done
((${#up[@]})) || exit 0
cd "$here/../.."
cargo test --test real -- "${up[@]}"
