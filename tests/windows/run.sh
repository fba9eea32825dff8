#!/usr/bin/env bash
# Builds the program for Windows, and tests the program in wine: presigning, settings and credentials, the
# commands that send requests to the sandbox, Ctrl-C, the curl commands for cmd.exe, and the tests of
# s3-presign.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/common.sh
source tests/common.sh

readonly TARGET=x86_64-pc-windows-gnu
ensure_commands x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32 wine:wine /usr/lib/wine/wine64:wine64 \
  curl:curl
rustup target add "$TARGET"
cargo build --quiet --package s3-sandbox --package s3-secure-bucket
cargo build --quiet --release --locked --bin s3-secure-bucket --target "$TARGET"
host=target/$(rustc -vV | sed -n 's/^host: //p')/debug

dir=$(mktemp -d)
sandbox=
# The program must not use the AWS settings of this machine. wine finds UTF-8 arguments only in a UTF-8 locale.
for name in $(compgen -e | grep -iE '^(AWS_|SSL_CERT_|(https?|all|no)_proxy$)'); do unset "$name"; done
export LC_ALL=C.UTF-8 WINEPREFIX=$dir/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
stop() {
  [[ -z $sandbox ]] || { kill -TERM "$sandbox" && kill -CONT "$sandbox"; } 2>/dev/null || true
  wineserver -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true
  rm -rf "$dir" || { sleep 1 && rm -rf "$dir"; }
}
trap stop EXIT
wineboot --init >/dev/null 2>&1 || wine wineboot --init >/dev/null 2>&1
c=$WINEPREFIX/drive_c
if [[ ! -e $c/windows/system32/bcryptprimitives.dll ]]; then
  x86_64-w64-mingw32-gcc -shared -o "$c/windows/system32/bcryptprimitives.dll" tests/windows/bcryptprimitives.c -ladvapi32
fi
mkdir "$c/bin"
x86_64-w64-mingw32-gcc -municode -o "$c/bin/curl.exe" tests/windows/arguments.c
cp "target/$TARGET/release/s3-secure-bucket.exe" "$c/bin"
home=$(echo "$c"/users/*/AppData/..)
home=$(realpath -- "$home")

test_case() { printf 'windows: %s\n' "$*"; }
# expect NAME WANTED FOUND
expect() { [[ $2 == "$3" ]] || die "$1: expected <$2>, found <$3>"; }
has() { [[ $1 == *"$2"* ]] || die "expected <$2> in <$1>"; }
windows() { wine "$c/bin/s3-secure-bucket.exe" "$@"; }
native() { HOME=$dir "$host/s3-secure-bucket" "$@"; }
# The lines of stdin without the CR that programs of Windows may write.
unix_lines() { tr -d '\r'; }

test_case "the configuration files in USERPROFILE are found"
mkdir "$home/.aws"
cat >"$home/.aws/credentials" <<'EOF'
[default]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
EOF
cat >"$home/.aws/config" <<'EOF'
[default]
region = eu-central-1
[profile command]
credential_process = "C:\a folder\keys.cmd" "an argument" && echo.
EOF
found=$(windows credentials -o process)
has "$found" '"AccessKeyId":"AKIAIOSFODNN7EXAMPLE"'

test_case "cmd.exe runs credential_process"
mkdir "$c/a folder"
cat >"$c/a folder/keys.cmd" <<'EOF'
@if not %1=="an argument" exit /b 3
@echo {"Version": 1, "AccessKeyId": "AKIACOMMANDEXAMPLE77", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
EOF
found=$(windows --profile command credentials -o process)
has "$found" '"AccessKeyId":"AKIACOMMANDEXAMPLE77"'

test_case "a variable is found in any case"
has "$(export aws_profile=command && windows credentials -o process)" '"AccessKeyId":"AKIACOMMANDEXAMPLE77"'

test_case "arguments in UTF-16 give exact keys"
for key in 'plain' 'a b+c&d%41=é' 'ключ/ü🙂.txt' "it's [1] {2} ^3" 'e'$'\u0301'; do
  url=$(windows presign get "s3://drop-box/$key" 2>/dev/null)
  same=$(AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x \
    native presign get "s3://drop-box/$key" --region eu-central-1 2>/dev/null)
  expect "$key" "${same%%\?*}" "${url%%\?*}"
  has "$(windows inspect "$url" 2>&1)" "signature       valid"
done

test_case "the endpoint is the same as on Linux"
expect endpoint "$(native endpoint s3://drop-box --region eu-central-1)" "$(windows endpoint s3://drop-box | unix_lines)"

test_case "a list of keys may have CR LF"
printf 'a\r\nb c\r\n\r\rd\r\n' >"$dir/keys.txt"
found=$(windows presign get s3://drop-box/ --keys-from "Z:$dir/keys.txt" | sed 's/?.*//; s/.*com//' | tr '\n' ' ')
expect keys '/a /b%20c /%0D%0Dd ' "$found"
found=$(windows presign get s3://drop-box/ -0 --keys-from - <"$dir/keys.txt" | sed 's/?.*//; s/.*com//')
expect "keys with NUL" '/a%0D%0Ab%20c%0D%0A%0D%0Dd%0D%0A' "$found"

test_case "cmd.exe passes the values of a curl command unchanged"
presign() { # METHOD S3-URI OPTION...
  local shell=$1
  shift
  windows presign "$@" -o curl --shell "$shell" 2>/dev/null | unix_lines
}
# Sets `words` to the arguments that curl gets if a user types the line in cmd.exe.
type_in_cmd() {
  rm -f "$dir/arguments"
  printf '%s\r\nexit\r\n' "$1" |
    ARGUMENTS="Z:$dir/arguments" WINEPATH='C:\bin' wine cmd >"$dir/cmd.log" 2>&1 || die "$(cat "$dir/cmd.log")"
  mapfile -d '' -t words <"$dir/arguments" || die "$1: $(cat "$dir/cmd.log")"
}
# wine's cmd.exe expands the name of an existing variable although its % has a ^, and reads stdin in another
# encoding than UTF-8, so the values contain neither.
header="X-Amz-Meta-A: \"q\" %NONE% \\\"^& | <x>\\"
for key in 'a b&c.txt' 'x%NONE%y' '100% (1)^2!' ',;=' "it's" 'a:b?' 'sp  ace'; do
  line=$(presign cmd put "s3://drop-box/$key" --header "$header")
  type_in_cmd "$line"
  file=${key/#a:b?/file}
  expected=(--fail-with-body --upload-file "$file" --header "$header")
  expect "$key" "$(printf '<%s>' "${expected[@]}")" "$(printf '<%s>' "${words[@]:0:5}")"
  has "$(windows inspect "${words[5]}" --header "$header" 2>&1)" "signature       valid"
done

# The command for a POSIX shell gives the same arguments.
form=(post 's3://drop-box/a b&(c)^%NONE%.txt' --field 'x-amz-meta-note="q" <x> | \z' --download-as "it's; 1, 2=3.txt" --at "$(date -u +%FT%TZ)")
type_in_cmd "$(presign cmd "${form[@]}")"
# shellcheck disable=SC2329 # The line of `eval` calls this function.
curl_arguments() { printf '<%s>' "$@"; }
line=$(presign sh "${form[@]}")
expect post "$(eval "curl_arguments ${line#curl }")" "$(printf '<%s>' "${words[@]}")"

test_case "the default shell is PowerShell"
expect curl "$(presign powershell get s3://drop-box/a | sed 's/X-Amz-Date.*//')" \
  "$(windows presign get s3://drop-box/a -o curl 2>/dev/null | unix_lines | sed 's/X-Amz-Date.*//')"

test_case "bootstrap, audit and verify succeed against the sandbox"
"$host/s3-sandbox" --ca-out "$dir/ca.pem" >"$dir/env.sh" 2>"$dir/sandbox.log" &
sandbox=$!
for _ in $(seq 200); do
  ! grep -q CURL_CA_BUNDLE "$dir/env.sh" || break
  kill -0 "$sandbox" || die "$(cat "$dir/sandbox.log")"
  sleep 0.05
done
# shellcheck disable=SC1091
source "$dir/env.sh"
export AWS_CA_BUNDLE=Z:$dir/ca.pem
windows bootstrap drop-box >"$dir/urls" 2>"$dir/bootstrap.log" || die "$(cat "$dir/bootstrap.log")"
put=$(sed -n 's/^PUT //p' "$dir/urls" | unix_lines)
get=$(sed -n 's/^GET //p' "$dir/urls" | unix_lines)
echo hello >"$dir/sent"
curl -fsS -T "$dir/sent" "$put"
curl -fsS -o "$dir/received" "$get"
cmp "$dir/sent" "$dir/received"
windows audit drop-box >/dev/null
windows verify drop-box >"$dir/verify.log" 2>&1 || die "$(cat "$dir/verify.log")"

test_case "a backup is saved in LOCALAPPDATA, and the message names its readers"
policy=$(windows presign put s3://drop-box/ --query policy 2>/dev/null | unix_lines)
curl -fsS -X PUT -H 'Content-Type:' --data-binary '{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::drop-box/kept/*"}]}' "$policy"
log=$(windows bootstrap drop-box --no-presign 2>&1)
has "$log" 'AppData\Local\s3-secure-bucket\drop-box.policy.'
has "$log" 'the accounts that can read this folder can read the backup'
grep -q '"Mine"' "$home"/AppData/Local/s3-secure-bucket/drop-box.policy.*.json

test_case "Ctrl-C interrupts a run, and the program reports the interruption"
# A stopped server accepts connections, but does not answer.
kill -STOP "$sandbox"
# Without job control, a shell starts background commands with SIGINT ignored.
set -m
wine "$c/bin/s3-secure-bucket.exe" bootstrap drop-box --no-presign >"$dir/interrupted.log" 2>&1 &
run=$!
set +m
established=$(printf ':%04X 01 ' "${AWS_ENDPOINT_URL_S3##*:}")
for _ in $(seq 200); do
  ! grep -qF "$established" /proc/net/tcp || break
  sleep 0.1
done
kill -INT "$run"
code=0
wait "$run" || code=$?
kill -CONT "$sandbox"
expect "exit code" 1 "$code"
has "$(cat "$dir/interrupted.log")" interrupted

test_case "the tests of s3-presign"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_ENDPOINT_URL_S3 AWS_CA_BUNDLE
CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine cargo test --quiet --package s3-presign --target "$TARGET" --lib --tests
