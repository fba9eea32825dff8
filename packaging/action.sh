#!/usr/bin/env bash
# The program of action.yml: installs a verified release of s3-secure-bucket and runs one command.
# Inputs, as environment variables: COMMAND, ARGUMENTS, CODE_SCANNING, VERSION, FROM and ATTESTATION, with
# the meanings in action.yml; and GITHUB_PATH, GITHUB_OUTPUT and RUNNER_TEMP, which the runner sets.
# Writes the outputs `exit-code` and `report`. The exit code of the script is 0 if the command started, so
# that the next step of the action can upload the report.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=packaging/common.sh
source "$here/common.sh"

case $COMMAND in
  audit | bootstrap | none) ;;
  *) die "the input command is '$COMMAND', but must be audit, bootstrap or none" ;;
esac
[[ $CODE_SCANNING != true || $COMMAND == audit ]] || die "the input code-scanning needs the command audit"

repository=$(workspace_field repository)
# The checkout of the action names the version, so a pinned commit of the action also pins the program.
version=${VERSION:-$(workspace_field version)}
prefix=$RUNNER_TEMP/s3-secure-bucket
mkdir -p "$prefix"
sed "s|@REPOSITORY@|$repository|" "$here/install.sh" >"$prefix/install.sh"
options=(--prefix "$prefix" --from "${FROM:-$repository/releases/download/v$version}")
[[ $ATTESTATION == false ]] || options+=(--attestation)
sh "$prefix/install.sh" "${options[@]}"
echo "$prefix/bin" >>"$GITHUB_PATH"
[[ $COMMAND != none ]] || exit 0

# xargs splits the arguments at spaces and line breaks and removes quotes, but expands nothing. The script
# also runs in bash 3.2 of macOS, which has no `mapfile`.
split=$(xargs -n 1 printf '%s\n' <<<"$ARGUMENTS") || die "the input arguments has a quote without its partner"
# The options of the action come first, because the input may end the options with `--`.
words=("$COMMAND")
# A job log must contain no presigned URLs.
[[ $COMMAND != bootstrap ]] || words+=(--no-presign)
report=
if [[ $CODE_SCANNING == true ]]; then
  words+=(--output sarif)
  report=$prefix/audit.sarif
fi
while IFS= read -r word; do
  # The program refuses an option that is given twice.
  [[ -z $word || $COMMAND$word == bootstrap--no-presign ]] || words+=("$word")
done <<<"$split"

code=0
if [[ -n $report ]]; then
  "$prefix/bin/s3-secure-bucket" "${words[@]}" >"$report" || code=$?
  # A run that fails before its first bucket writes no report.
  grep -q '"runs"' "$report" || report=
else
  "$prefix/bin/s3-secure-bucket" "${words[@]}" || code=$?
fi
printf 'exit-code=%s\nreport=%s\n' "$code" "$report" >>"$GITHUB_OUTPUT"
