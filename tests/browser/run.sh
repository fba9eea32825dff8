#!/usr/bin/env bash
# Tests the generated pages (`presign post -o html`, `request`, `audit -o html`) in headless Chromium against
# the sandbox over https, and validates `audit -o sarif` against its schema.
# Usage: tests/browser/run.sh FOLDER-WITH-THE-BUILT-BINARIES [FOLDER-FOR-SCREENSHOTS]
# Installs Chromium (Debian's or Ubuntu's package) and playwright-core (npm) if they are missing.
set -euo pipefail

bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/common.sh
source "$here/../common.sh"
cache=$(cache_dir)/browser
dir=$(mktemp -d)
shots=${2:-$dir}
sandbox=
stop() {
    if [ -n "$sandbox" ]; then kill "$sandbox" 2>/dev/null || true; fi
    rm -rf "$dir"
}
trap stop EXIT

command -v npm >/dev/null || { skip browser "npm is not installed"; exit 0; }
command -v google-chrome >/dev/null || (ensure_commands chromium:chromium) || {
    [ $? = "$CANNOT" ] || exit 1
    skip browser "Chromium cannot be installed, and the line above names the reason"
    exit 0
}
mkdir -p "$cache" "$shots"
cp "$here/package.json" "$here"/*.mjs "$cache"
(cd "$cache" && npm install --silent --no-audit --no-fund --no-package-lock)

"$bin/s3-sandbox" --ca-out "$dir/ca.pem" >"$dir/env.sh" 2>"$dir/sandbox.log" &
sandbox=$!
for _ in $(seq 100); do
    if grep -q S3_SANDBOX_HTTP "$dir/env.sh"; then break; fi
    kill -0 "$sandbox" || { cat "$dir/sandbox.log"; exit 1; }
    sleep 0.05
done
# shellcheck disable=SC1091
. "$dir/env.sh"
BROWSER=$(command -v chromium || command -v google-chrome) BIN=$bin/s3-secure-bucket DIR=$dir SHOTS=$shots node "$cache/upload.mjs"
BROWSER=$(command -v chromium || command -v google-chrome) BIN=$bin/s3-secure-bucket SHOTS=$shots node "$cache/request.mjs"
BROWSER=$(command -v chromium || command -v google-chrome) BIN=$bin/s3-secure-bucket SHOTS=$shots node "$cache/security.mjs"
"$here/../sarif/validate.sh" "$dir/audit.sarif"
echo "audit.sarif is valid SARIF 2.1.0"
