#!/bin/sh
# Uploads one file of @SIZE@ bytes in @PARTS@ parts, with curl and presigned URLs.
#
#   sh upload.sh FILE
#
# The script needs sh, curl, dd and awk, and no account. It ends with 0 only when the upload is complete.
# Run it again after an interruption: parts that have arrived are not sent again.
# The URLs in this script work until @EXPIRES_AT@. Anyone who has the script can upload, so keep it secret.
#
# JOBS=N       number of parallel uploads (default 4)
# STATE_FILE=F file that remembers which file the parts come from (default: name of the script + .state)
# FRESH=1      send all parts again, for example because the file has changed
set -eu
umask 077

size=@SIZE@
part_size=@PART_SIZE@
parts=@PARTS@
url_before='@URL_BEFORE@'
url_after='@URL_AFTER@'
complete_url='@COMPLETE_URL@'
head_url='@HEAD_URL@'
list_urls() {
    cat <<'END'
@LIST_URLS@END
}
# One signature a line, in the order of the parts.
signatures() {
    cat <<'END'
@SIGNATURES@END
}

jobs=${JOBS:-4}
state=${STATE_FILE:-$0.state}
tries=5

say() { printf '%s\n' "$*" >&2; }
# fail ERROR [HINT]
fail() {
    say "error: $1"
    [ $# -eq 1 ] || say "hint: $2"
    exit 1
}

case $jobs in
'' | *[!0-9]* | 0) fail "JOBS is not a number above 0: $jobs" ;;
esac
[ $# -eq 1 ] || fail "no file, or more than one file, is named" "run: sh $0 FILE"
file=$1
case $file in
-*) file=./$file ;;
esac
for tool in curl dd awk; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is not installed"
done
[ -f "$file" ] || fail "$file is not a file"
[ -r "$file" ] || fail "$file cannot be read"

# The size in bytes. `wc -c` of busybox would read the whole file, and `find` has no portable option for the
# size. The name of the file is the last field, so the name cannot change the field of the size.
# shellcheck disable=SC2012
size_of() { ls -Lln -- "$1" | awk '{ print $5; exit }'; }
# The time of the last change, by GNU and busybox stat, or by BSD stat.
changed_at() { stat -L -c %Y -- "$1" 2>/dev/null || stat -L -f %m "$1"; }
# A line that identifies the file: size, time and name.
identity() { printf '%s %s %s\n' "$(size_of "$file")" "$(changed_at "$file")" "${file##*/}"; }

found=$(size_of "$file")
[ "$found" = "$size" ] || fail "$file has $found bytes, but this script uploads a file of $size bytes"

work=$(mktemp -d) || fail "no temporary folder can be created"
workers=
stop() {
    for worker in $workers; do
        kill "$worker" 2>/dev/null || :
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Writes the curl options of the request $1 to the URL $2 into a file, because the list of processes shows
# arguments. The body of the answer goes to $1.body.
prepare() {
    : >"$work/$1.body"
    cat >"$work/$1.curl" <<END
silent
show-error
globoff
path-as-is
connect-timeout = 30
speed-limit = 1
speed-time = 120
header = "Expect:"
output = "$work/$1.body"
write-out = "%{http_code}"
url = "$2"
END
}

# fetch NAME URL [CURL OPTION…] sends one request and prints the status, 000 without an answer.
fetch() {
    prepare "$1" "$2"
    request=$1
    shift 2
    curl --config "$work/$request.curl" "$@" 2>"$work/$request.err" || :
}

# Prints the text of the element $2 in the body of the request $1.
element() {
    awk -v name="$2" 'BEGIN { RS = "<" } index($0, name ">") == 1 { print substr($0, length(name) + 2); exit }' \
        "$work/$1.body"
}

# Describes the failure of the request $1 with the status $2.
reason() {
    if [ "$2" = 000 ]; then
        sed 's/^curl: //' "$work/$1.err" | head -n 1
    else
        printf '%s %s %s\n' "$2" "$(element "$1" Code)" "$(element "$1" Message)"
    fi
}

# Whether a request with the status $1 may succeed when it is repeated.
is_transient() {
    case $1 in
    000 | 408 | 429 | 5??) return 0 ;;
    *) return 1 ;;
    esac
}

# Lists the parts that have arrived as lines `NUMBER SIZE ETAG`. Fails with the status in $work/list.status.
list_parts() {
    : >"$work/arrived"
    list_urls >"$work/lists"
    while IFS= read -r url; do
        try=1
        while :; do
            status=$(fetch list "$url")
            if [ "$status" = 200 ] || [ $try -ge $tries ] || ! is_transient "$status"; then break; fi
            sleep $try
            try=$((try + 1))
        done
        if [ "$status" != 200 ]; then
            printf '%s\n' "$status" >"$work/list.status"
            return 1
        fi
        awk 'BEGIN { RS = "<" }
            { sub(/[ \t\r\n]+$/, "") }
            /^Part>/ { number = size = etag = "" }
            /^PartNumber>/ { number = substr($0, 12) }
            /^Size>/ { size = substr($0, 6) }
            /^ETag>/ { etag = substr($0, 6); gsub(/&quot;|&#34;|"/, "", etag) }
            /^\/Part>/ { print number, size, etag }' "$work/list.body" >>"$work/arrived"
    done <"$work/lists"
}

# Ends the script if the object is there already: then Complete succeeded, and its answer was lost.
end_if_complete() {
    status=$(fetch head "$head_url" --head)
    length=$(awk 'tolower($1) == "content-length:" { print $2 + 0 }' "$work/head.body")
    etag=$(awk 'tolower($1) == "etag:" { gsub(/["\r]/, "", $2); print $2 }' "$work/head.body")
    if [ "$status" = 200 ] && [ "$length" = "$size" ] && [ "${etag##*-}" = "$parts" ]; then
        rm -f "$state"
        say "The upload is complete: $size bytes."
        exit 0
    fi
}

no_upload() {
    end_if_complete
    fail "the upload no longer exists, because it was aborted or another object was completed" "ask for a new script"
}

# Ceph answers NoSuchKey to the list of an upload that no longer exists.
list_failed() {
    status=$(cat "$work/list.status")
    case $status:$(element list Code) in
    404:NoSuchUpload | 404:NoSuchKey | 404:) no_upload ;;
    403:AccessDenied) fail "the server refuses the URLs of this script: $(reason list 403)" "the URLs work until @EXPIRES_AT@; ask for a new script" ;;
    *) fail "the server does not list the parts: $(reason list "$status")" ;;
    esac
}

list_parts || list_failed
# The state file names the upload and the file whose parts have arrived.
is_known=
if [ -z "${FRESH:-}" ] && [ -f "$state" ] && [ "$(head -n 1 "$state")" = "$url_after" ]; then
    is_known=1
    [ "$(identity)" = "$(tail -n +2 "$state")" ] ||
        fail "$file is not the file whose parts have arrived, or the file has changed" "to send all parts again, run: FRESH=1 sh $0 FILE"
fi
if [ -z "$is_known" ]; then
    # The parts that have arrived may come from another file.
    : >"$work/arrived"
    { printf '%s\n' "$url_after" && identity; } >"$state" ||
        fail "the state file $state cannot be written" "name another state file with STATE_FILE"
fi

# Writes the parts that are missing into one file for each worker, as lines `NUMBER SIZE SIGNATURE`.
signatures >"$work/signatures"
left=$(awk -v size="$size" -v part_size="$part_size" -v parts="$parts" -v jobs="$jobs" -v work="$work" '
    function bytes(number) { return number < parts ? part_size : size - (parts - 1) * part_size }
    FILENAME ~ /arrived$/ { if ($2 == bytes($1)) arrived[$1 + 0] = 1; next }
    !(FNR in arrived) { printf "%d %.0f %s\n", FNR, bytes(FNR), $1 >(work "/todo." left++ % jobs) }
    END { print left + 0 }' "$work/arrived" "$work/signatures")

# Sends the parts in the file $1, one after another.
work_on() {
    name=$1
    child=
    trap 'kill $child 2>/dev/null || :; exit 143' TERM
    while read -r number bytes signature; do
        try=1
        while :; do
            # The main process may have been killed.
            kill -0 $$ 2>/dev/null || exit 1
            prepare "$name" "$url_before$number$url_after$signature"
            dd if="$file" bs=1048576 skip=$(((number - 1) * (part_size / 1048576))) \
                count=$(((bytes + 1048575) / 1048576)) 2>/dev/null |
                curl --config "$work/$name.curl" --upload-file - --header "Content-Length: $bytes" \
                    --header 'Transfer-Encoding:' >"$work/$name.status" 2>"$work/$name.err" &
            child=$!
            wait $child || :
            child=
            status=$(cat "$work/$name.status")
            if [ "$status" = 200 ]; then break; fi
            if [ $try -ge $tries ] || ! is_transient "$status"; then
                printf 'part %s: %s\n' "$number" "$(reason "$name" "$status")" >"$work/failed"
                exit 1
            fi
            sleep $((try * 2))
            try=$((try + 1))
        done
        printf '%s\n' "$number" >>"$work/$name.done"
    done <"$work/$name"
}

if [ "$left" -gt 0 ]; then
    say "Uploading $left of $parts parts."
    job=0
    while [ $job -lt "$jobs" ]; do
        if [ -f "$work/todo.$job" ]; then
            work_on "todo.$job" &
            workers="$workers $!"
        fi
        job=$((job + 1))
    done
    shown=
    for worker in $workers; do
        while kill -0 "$worker" 2>/dev/null; do
            if [ -f "$work/failed" ]; then break 2; fi
            if [ -t 2 ]; then
                sent=$(cat "$work"/*.done 2>/dev/null | awk 'END { print NR }')
                [ "$sent" = "$shown" ] || printf '\r%s of %s parts' "$((parts - left + sent))" "$parts" >&2
                shown=$sent
            fi
            sleep 1
        done
        wait "$worker" || :
    done
    if [ -t 2 ]; then printf '\n' >&2; fi
    if [ -f "$work/failed" ]; then
        fail "$(cat "$work/failed")" "run the script again to go on; if the URLs have expired, ask for a new script"
    fi
fi

[ "$(identity)" = "$(tail -n +2 "$state")" ] ||
    fail "$file changed during the upload" "to send all parts again, run: FRESH=1 sh $0 FILE"
list_parts || list_failed
awk -v size="$size" -v part_size="$part_size" -v parts="$parts" '
    BEGIN { print "<CompleteMultipartUpload>" }
    $1 == NR && $2 == (NR < parts ? part_size : size - (parts - 1) * part_size) {
        printf "<Part><PartNumber>%d</PartNumber><ETag>\"%s\"</ETag></Part>\n", $1, $3
        right++
    }
    END { print "</CompleteMultipartUpload>"; exit !(right == parts && NR == parts) }' \
    "$work/arrived" >"$work/complete.xml" ||
    fail "the server does not list all parts with the right sizes" "run the script again"

try=1
while :; do
    status=$(fetch complete "$complete_url" --request POST --data-binary "@$work/complete.xml" \
        @COMPLETE_HEADERS@)
    code=$(element complete Code)
    if [ "$status" = 200 ] && grep -q '<CompleteMultipartUploadResult' "$work/complete.body"; then
        rm -f "$state"
        say "The upload is complete: $size bytes."
        exit 0
    fi
    case $status:$code in
    404:NoSuchUpload | 404:NoSuchKey | 404:) no_upload ;;
    412:*) fail "an object with this name exists already, and this upload must not overwrite the object" ;;
    409:ConditionalRequestConflict) fail "another upload of this object was in progress" "ask for a new script" ;;
    esac
    # S3 can answer 200 and send an error afterwards, and an answer can be lost.
    case $status:$code in
    200:InternalError | 200:SlowDown | 200:ServiceUnavailable | 200: | 000:* | 408:* | 429:* | 5??:*)
        if [ $try -lt $tries ]; then
            sleep $((try * 2))
            try=$((try + 1))
            continue
        fi
        ;;
    esac
    fail "the server did not complete the upload: $(reason complete "$status")" "run the script again"
done
