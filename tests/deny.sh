#!/usr/bin/env bash
# Checks Cargo.lock with cargo-deny. The checks of licences, bans and sources need no network. The check
# of advisories needs RustSec's database, so a machine that cannot fetch this database skips the check.
set -euo pipefail
# shellcheck source=tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v cargo-deny >/dev/null || cargo install --locked --quiet cargo-deny --version 0.20.2
cargo deny --log-level error check bans licenses sources
if cargo deny --log-level error fetch db >/dev/null 2>&1; then
  cargo deny --log-level error check advisories
else
  skip advisories "this machine cannot fetch RustSec's database"
fi
