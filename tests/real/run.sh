#!/usr/bin/env bash
# Runs tests/real.rs against servers written by others: Ceph RGW and LocalStack, both on loopback.
# Usage: tests/real/run.sh [cargo test arguments]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
stop() {
    "$here/ceph.sh" down "$dir/ceph" || true
    "$here/localstack.sh" down "$dir/localstack" || true
    rm -rf "$dir"
}
trap stop EXIT

"$here/ceph.sh" up "$dir/ceph"
"$here/localstack.sh" up "$dir/localstack"
set -a
# shellcheck disable=SC1091
. "$dir/ceph/env"
# shellcheck disable=SC1091
. "$dir/localstack/env"
set +a
echo "Ceph RGW $CEPH_VERSION and LocalStack $LOCALSTACK_VERSION are up"
cd "$here/../.."
cargo test --test real "$@"
