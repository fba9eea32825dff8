#!/usr/bin/env bash
# For the Makefile: tests/skip.sh NAME REASON
set -euo pipefail
# shellcheck source=tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
skip "$@"
