# shellcheck shell=bash
# Functions that the test scripts source: they skip steps, and install packages and Python environments.

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# skip NAME REASON: reports on stderr that the step NAME does not run on this machine, and the caller
# continues with the next step. If S3SB_NO_SKIP is set, as .ci/run does, a skipped step is a failure
# unless S3SB_MAY_SKIP lists NAME.
skip() {
  printf 'SKIPPED: %s: %s\n' "$1" "$2" >&2
  [[ -z ${S3SB_NO_SKIP:-} || " ${S3SB_MAY_SKIP:-} " == *" $1 "* ]] ||
    die "the step $1 may not be skipped, because S3SB_NO_SKIP is set"
}

# cannot REASON: ends the script with status 77, because this machine lacks a program or permission
# that the script needs. The caller then skips the step.
readonly CANNOT=77
cannot() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$CANNOT"
}

cache_dir() {
  local dir=${S3SB_CACHE:-${HOME:?HOME or S3SB_CACHE must be set}/.cache/s3-secure-bucket}
  mkdir -p "$dir"
  realpath -- "$dir"
}

# ensure_commands COMMAND:PACKAGE...: installs the PACKAGE of each missing COMMAND with apt.
ensure_commands() {
  local pair packages=() sudo=() cache
  for pair; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
  done
  ((${#packages[@]})) || return 0
  command -v apt-get >/dev/null || cannot "the script needs apt-get to install: ${packages[*]}"
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null || cannot "the script needs root (or sudo) to install: ${packages[*]}"
    sudo=(sudo -n)
  fi
  cache=$(cache_dir)
  # Only one apt may run at a time, so the second of two callers waits for the lock.
  {
    flock 9 &&
      "${sudo[@]}" apt-get -q -o DPkg::Lock::Timeout=600 update &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
        apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends "${packages[@]}"
  } 9>"$cache/apt.lock" >"$cache/apt.log" 2>&1 || {
    tail -n 20 -- "$cache/apt.log" >&2
    die "apt-get could not install: ${packages[*]}"
  }
}

# find_python MAJOR.MINOR: prints the path of a Python that has at least this version and can create
# environments. The function tries $PYTHON if it is set, or else the PATH and then pyenv.
find_python() {
  local candidates=(python3.13 python3.12 python3.11 python3.10 python3) python
  if [[ -n ${PYTHON:-} ]]; then
    candidates=("$PYTHON")
  elif command -v pyenv >/dev/null; then
    mapfile -t -O 5 candidates < <(printf '%s\n' "$(pyenv root)"/versions/3.*/bin/python3 | sort -rV)
  fi
  for python in "${candidates[@]}"; do
    # On Debian and Ubuntu, ensurepip is part of the package python3-venv, which may be missing.
    "$python" -c "import sys, ensurepip; sys.exit(sys.version_info < (${1/./, }))" 2>/dev/null &&
      echo "$python" && return
  done
  cannot "the script needs Python $1 or later with venv, and found none among: ${candidates[*]}; set PYTHON to such a Python"
}

# install_venv NAME REQUIREMENTS MAJOR.MINOR [PIP OPTION...]: sets VENV to a Python environment with
# exactly these requirements. The cache keeps the environment until the file REQUIREMENTS changes.
install_venv() {
  local name=$1 requirements=$2 minimum=$3 cache python stamp
  shift 3
  cache=$(cache_dir)
  VENV=$cache/$name
  stamp=$(cksum <"$requirements")
  {
    flock 9
    if [[ $(cat "$VENV/complete" 2>/dev/null) != "$stamp" ]] || ! "$VENV/bin/python" -c '' 2>/dev/null; then
      python=$(find_python "$minimum") || return
      rm -rf -- "$VENV"
      # The file lists all dependencies, so pip gets the option --no-deps.
      if ! { "$python" -m venv "$VENV" && "$VENV/bin/python" -m pip install \
        --disable-pip-version-check --no-deps "$@" -r "$requirements"; } >"$VENV.log" 2>&1; then
        tail -n 20 -- "$VENV.log" >&2
        echo "pip could not install $requirements" >&2
        return 1
      fi
      echo "$stamp" >"$VENV/complete"
    fi
  } 9>"$VENV.lock"
}
