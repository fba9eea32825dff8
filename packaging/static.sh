#!/usr/bin/env bash
# Builds the static musl binary, which the releases and the image contain.
# Usage: packaging/static.sh [TARGET]. The default is the musl target of this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

machine=$(uname -m)
target=${1:-$machine-unknown-linux-musl}
folder=$(rustc --print target-libdir --target "$target")
[[ -d $folder ]] || rustup target add "$target"
# gcc compiles only for the machine that runs this script, and clang compiles for every machine. ring's C
# files need no headers of musl, so gcc is enough.
compiler=clang
[[ $target != "$machine"-* ]] || compiler=$(command -v musl-gcc || echo gcc)
# Rust links a musl binary for aarch64 at fixed addresses. These options make it a static
# position-independent executable instead, as musl binaries for x86_64 are.
options=()
if [[ $target == aarch64-* ]]; then
  startup=$folder/self-contained
  options=(-C link-self-contained=no -L "$startup" -C link-arg=-pie -C link-arg=--no-dynamic-linker -C link-arg=-ztext)
  for file in rcrt1.o crti.o crtn.o; do options+=(-C "link-arg=$startup/$file"); done
fi
env "CC_${target//-/_}=$compiler" \
  cargo rustc --release --locked --bin s3-secure-bucket --target "$target" -- "${options[@]}"
ls -l "target/$target/release/s3-secure-bucket"
