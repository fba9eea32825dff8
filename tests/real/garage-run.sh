#!/usr/bin/env bash
# Starts a Garage server on loopback, and runs tests/real_garage.rs against this server.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
stop() {
    "$here/garage.sh" down "$dir/garage" || true
    rm -rf "$dir"
}
trap stop EXIT
"$here/garage.sh" up "$dir/garage"
set -a
# shellcheck disable=SC1091
. "$dir/garage/env"
set +a
cd "$here/../.."
cargo test --test garage "$@"
