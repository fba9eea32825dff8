#!/bin/sh
# Installs s3-secure-bucket from a release: downloads the archive for this machine and SHA256SUMS,
# compares the checksum, and copies the binary, the manual pages and the completions into a folder.
# Usage: install.sh [--prefix FOLDER] [--version VERSION] [--from URL] [--attestation]
#   --prefix FOLDER    install below FOLDER (default: ~/.local)
#   --version VERSION  install this version, such as 0.1.0 (default: the latest release)
#   --from URL         download from this address, such as a mirror of a release
#   --attestation      also verify with `gh` that the release workflow of the repository built the archive
# The script needs curl, and sha256sum or shasum.
set -eu

repository=@REPOSITORY@

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

# Prints the target of the release archive for this machine.
target() {
  case $(uname -m) in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "the releases have no build for the processor $(uname -m)" ;;
  esac
  case $(uname -s) in
    Linux) echo "$machine-unknown-linux-musl" ;;
    Darwin) echo "$machine-apple-darwin" ;;
    # Windows on ARM runs programs for x86_64.
    MINGW* | MSYS* | CYGWIN*) echo x86_64-pc-windows-gnu ;;
    *) fail "the releases have no build for $(uname -s)" ;;
  esac
}

# download NAME: downloads a file of the release into the current folder.
download() {
  curl --proto '=https,file' --tlsv1.2 -fsSL --retry 3 -o "$1" "$from/$1" || fail "could not download $from/$1"
}

# Compares the checksum of the file $archive with SHA256SUMS.
check() {
  wanted=$(sed -n "s/^\([0-9a-f]*\) [ *]$archive\$/\1/p" SHA256SUMS)
  if command -v sha256sum >/dev/null; then
    found=$(sha256sum "$archive")
  else
    found=$(shasum -a 256 "$archive")
  fi
  [ "${found%% *}" = "$wanted" ] || fail "the checksum of $archive is ${found%% *}, but SHA256SUMS contains $wanted"
}

main() {
  prefix=${HOME:?}/.local
  from=$repository/releases/latest/download
  attestation=
  while [ $# -gt 0 ]; do
    case $1 in
      --attestation) attestation=yes; shift; continue ;;
      --prefix | --version | --from) [ $# -gt 1 ] || fail "$1 needs a value" ;;
      *) fail "unknown option: $1" ;;
    esac
    case $1 in
      --prefix) prefix=$2 ;;
      --version) from=$repository/releases/download/v${2#v} ;;
      --from) from=$2 ;;
    esac
    shift 2
  done

  mkdir -p "$prefix/bin"
  prefix=$(cd "$prefix" && pwd)
  target=$(target)
  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  cd "$temporary"

  download SHA256SUMS
  # The name of the archive contains the version, so the script takes the name from SHA256SUMS.
  name="s3-secure-bucket-v[0-9A-Za-z.+-]*-$target"
  archive=$(sed -n -e "s/^[0-9a-f]* [ *]\($name\.tar\.gz\)\$/\1/p" -e "s/^[0-9a-f]* [ *]\($name\.zip\)\$/\1/p" SHA256SUMS)
  [ -n "$archive" ] || fail "$from/SHA256SUMS lists no archive for $target"
  download "$archive"
  check
  if [ -n "$attestation" ]; then
    command -v gh >/dev/null || fail "--attestation needs gh, the GitHub CLI"
    slug=${repository#https://github.com/}
    gh attestation verify "$archive" --repo "$slug" --signer-workflow "$slug/.github/workflows/release.yml" >&2 ||
      fail "gh could not verify the attestation of $archive"
  fi

  case $archive in
    *.zip) unzip -q "$archive" && program=s3-secure-bucket.exe ;;
    *) tar -xzf "$archive" && program=s3-secure-bucket ;;
  esac
  cd "${archive%-"$target"*}-$target"
  # The rename replaces the old program in one step, also while the old program runs.
  cp "$program" "$prefix/bin/.$program.new"
  mv -f "$prefix/bin/.$program.new" "$prefix/bin/$program"
  if [ -d share ]; then
    mkdir -p "$prefix/share"
    cp -R share/. "$prefix/share"
  fi
  printf 'installed %s from %s\n' "$prefix/bin/$program" "$archive" >&2
  case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) printf 'add %s to PATH\n' "$prefix/bin" >&2 ;;
  esac
}

# The shell runs `main` only after it has read the whole script, so an incomplete download does nothing.
main "$@"
