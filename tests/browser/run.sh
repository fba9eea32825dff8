#!/usr/bin/env bash
# Tests the generated pages (`presign post -o html`, `request`, `audit -o html`) in headless Chromium over https,
# and validates `audit -o sarif` against its schema. All pages are tested against the sandbox, and the page of
# `request` also against Ceph RGW and MiniStack, with both ways to address a bucket.
# Usage: tests/browser/run.sh FOLDER-WITH-THE-BUILT-BINARIES [FOLDER-FOR-SCREENSHOTS]
# If the variable PICTURES names a folder, the script only draws the pictures of the documents into that folder.
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
    for server in ceph ministack; do "$here/../real/$server.sh" down "$dir/$server" || true; done
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
BROWSER=$(command -v chromium || command -v google-chrome)
export BROWSER BIN=$bin/s3-secure-bucket DIR=$dir SHOTS=$shots AWS_REGION=us-east-1

"$bin/s3-sandbox" --ca-out "$dir/ca.pem" >"$dir/env.sh" 2>"$dir/sandbox.log" &
sandbox=$!
for _ in $(seq 100); do
    if grep -q S3_SANDBOX_HTTP "$dir/env.sh"; then break; fi
    kill -0 "$sandbox" || { cat "$dir/sandbox.log"; exit 1; }
    sleep 0.05
done

# on_sandbox FILE: runs the tests in FILE against the sandbox.
on_sandbox() {
    # shellcheck disable=SC1091
    (. "$dir/env.sh" && SERVER=sandbox node "$cache/$1")
}

# on_server SERVER FILE: runs the tests in FILE against a server that tests/real/SERVER.sh has started.
on_server() {
    (
        # shellcheck disable=SC1090,SC1091
        . "$dir/$1/env"
        case $1 in
        ceph)
            AWS_ACCESS_KEY_ID=$CEPH_OWNER_KEY_ID AWS_SECRET_ACCESS_KEY=$CEPH_OWNER_SECRET
            AWS_ENDPOINT_URL_S3=$CEPH_HTTPS AWS_CA_BUNDLE=$CEPH_CA
            # Ceph refuses every upload while Block Public Access is on.
            BOOTSTRAP="--skip public-access-block"
            ;;
        ministack)
            AWS_ACCESS_KEY_ID=$MINISTACK_ROOT_KEY_ID AWS_SECRET_ACCESS_KEY=$MINISTACK_ROOT_SECRET
            AWS_ENDPOINT_URL_S3=$MINISTACK_HTTPS AWS_CA_BUNDLE=$MINISTACK_CA
            BOOTSTRAP=
            ;;
        esac
        export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL_S3 AWS_CA_BUNDLE BOOTSTRAP
        SERVER=$1 node "$cache/$2"
    )
}

if [ -n "${PICTURES:-}" ]; then
    PICTURES=$(cd "$PICTURES" && pwd) on_sandbox pictures.mjs
    exit
fi

on_sandbox upload.mjs
on_sandbox looks.mjs
on_sandbox parts.mjs
for ADDRESSING in path virtual; do
    export ADDRESSING
    on_sandbox request.mjs
    on_sandbox security.mjs
done
for server in ceph ministack; do
    status=0
    "$here/../real/$server.sh" up "$dir/$server" || status=$?
    case $status in
    0)
        on_server "$server" parts.mjs
        for ADDRESSING in path virtual; do
            on_server "$server" request.mjs
            on_server "$server" security.mjs
        done
        ;;
    "$CANNOT") skip "browser-$server" "the line above names the reason" ;;
    *) exit "$status" ;;
    esac
done
"$here/../sarif/validate.sh" "$dir/audit.sarif"
echo "audit.sarif is valid SARIF 2.1.0"
