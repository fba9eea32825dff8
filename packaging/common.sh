# shellcheck shell=bash
# Functions that the scripts of this folder share.
# Cargo.toml is the only place that defines the version and the address of the repository.

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# workspace_field NAME: prints a text field of [workspace.package] in Cargo.toml, such as `version`.
workspace_field() {
  local value
  value=$(sed -n "/^\[workspace\.package\]/,/^\$/s/^$1 = \"\(.*\)\"\$/\1/p" \
    "$(dirname "${BASH_SOURCE[0]}")/../Cargo.toml")
  [[ -n $value ]] || die "Cargo.toml has no field $1 in [workspace.package]"
  printf '%s\n' "$value"
}
