#!/usr/bin/env bash
# Runs cargo-deny over Cargo.lock. Licences, bans and sources need no network. Advisories need
# RustSec's database and are skipped where it cannot be fetched.
set -euo pipefail
# shellcheck source=tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v cargo-deny >/dev/null || cargo install --locked --quiet cargo-deny --version 0.20.2
cargo deny --log-level error check bans licenses sources
if cargo deny --log-level error fetch db >/dev/null 2>&1; then
  cargo deny --log-level error check advisories
else
  skip advisories "RustSec's database cannot be fetched from here"
fi
