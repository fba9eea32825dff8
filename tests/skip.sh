#!/usr/bin/env bash
# Reports a skipped step for the Makefile. Usage: tests/skip.sh NAME REASON
set -euo pipefail
# shellcheck source=tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
skip "$@"
