#!/usr/bin/env bash
# Prints a field of [workspace.package] in Cargo.toml. Usage: packaging/field.sh version|repository
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
workspace_field "$1"
