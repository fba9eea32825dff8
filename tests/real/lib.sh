# shellcheck shell=bash
# Functions that the scripts that start servers source.
#
# The folder DIR of a server contains env (the variables for the tests), pids, log/NAME and
# tls/{ca.pem,server.pem,server.key}. The server writes all other files in DIR.

# shellcheck source=tests/common.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../common.sh"

# run_main up|down DIR: calls server_up or stop_all, with DIR as an absolute path. If `up` fails, the
# script prints the end of the logs of the failed STEP and stops all processes. The script exits with
# 77 if this machine lacks a program or permission that the server needs.
STEP=
run_main() {
  [[ $# -eq 2 && ($1 == up || $1 == down) ]] || die "usage: ${0##*/} up DIR | down DIR"
  DIR=$(realpath -m -- "$2")
  [[ $DIR =~ ^[A-Za-z0-9._/+-]+$ ]] || die "only A-Za-z0-9._/+- are allowed in DIR: $DIR"
  if [[ $1 == down ]]; then
    stop_all
    return
  fi
  [[ ! -e $DIR || -z $(ls -A -- "$DIR") ]] || die "$DIR exists and is not empty"
  mkdir -p "$DIR"/{log,tls}
  trap 'up_failed $?' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  server_up
  check_loopback
  trap - EXIT INT TERM
}

up_failed() {
  local status=$1 log
  trap - EXIT INT TERM
  for log in "$DIR"/log/*"$STEP"*; do
    [[ -n $STEP && -s $log ]] && printf -- '--- %s\n' "$log" && tail -n 20 -- "$log"
  done >&2
  stop_all
  ((status == CANNOT)) || printf '%s: up failed (status %s)\n' "${0##*/}" "$status" >&2
  exit "$((status == 0 ? 1 : status))"
}

# free_ports N: prints N free loopback ports outside of the kernel's ephemeral range.
free_ports() {
  python3 - "$1" <<'PY'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(10000, 32000)))
        held.append(s)
    except OSError:
        s.close()
print(*(s.getsockname()[1] for s in held))
PY
}

# Creates a CA, and a certificate for localhost that strict TLS clients (such as webpki) accept.
make_tls() {
  local t=$DIR/tls
  cat >"$t/openssl.cnf" <<'CNF'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = s3-secure-bucket temporary test CA
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:*.localhost, DNS:request-page.localhost, IP:127.0.0.1, IP:::1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CNF
  {
    openssl req -x509 -config "$t/openssl.cnf" -extensions ca -newkey rsa:2048 -nodes \
      -days 30 -keyout "$t/ca.key" -out "$t/ca.pem" &&
      openssl req -new -config "$t/openssl.cnf" -subj /CN=localhost -newkey rsa:2048 -nodes \
        -keyout "$t/server.key" -out "$t/server.csr" &&
      openssl x509 -req -in "$t/server.csr" -CA "$t/ca.pem" -CAkey "$t/ca.key" -days 30 \
        -set_serial "0x7$(openssl rand -hex 8)" -extfile "$t/openssl.cnf" -extensions leaf \
        -out "$t/server.pem" &&
      rm "$t/ca.key" "$t/server.csr"
  } 2>"$t/openssl.log" || { cat "$t/openssl.log" >&2; die "openssl failed"; }
}

# spawn NAME COMMAND...: starts a server in a new session, without the caller's stdio and locks. In a
# script without job control, a background job is not the leader of a process group, so setsid does
# not fork. The variable `$!` therefore contains the id of the server and of its process group.
spawn() {
  local name=$1
  shift
  setsid -- "$@" </dev/null >"$DIR/log/$name" 2>&1 &
  echo "$name $! $(start_time "$!")" >>"$DIR/pids"
}

# Prints the start time of a process in ticks after boot, or nothing if the process has ended. A later
# process with the same id has a different start time.
start_time() {
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 !~ /[ZX]/ { print $20 }'
}

alive() { # alive NAME: succeeds if the process NAME runs, and sets $pid
  local started
  read -r _ pid started < <(grep "^$1 " "$DIR/pids")
  [[ -n $started && $(start_time "$pid") == "$started" ]]
}

# wait_for NAME SECONDS COMMAND...: waits until COMMAND succeeds. Fails when the process NAME has ended,
# or after SECONDS.
wait_for() {
  local name=$1 pid deadline=$((SECONDS + $2))
  STEP=$name
  shift 2
  until "$@" >/dev/null 2>&1; do
    alive "$name" || die "the process $name has ended"
    ((SECONDS < deadline)) || die "$name is not ready after the time limit: $*"
    sleep 0.1
  done
}

# Stops the processes that `spawn` started, the newest process first, and waits for their end.
stop_all() {
  local name pid
  [[ -e $DIR/pids ]] || return 0
  while read -r name _; do
    alive "$name" || continue
    kill -TERM -- "-$pid" || true
    for _ in {1..100}; do
      alive "$name" || continue 2
      sleep 0.1
    done
    kill -KILL -- "-$pid" || true
    while alive "$name"; do sleep 0.1; done
  done < <(tac -- "$DIR/pids") 2>/dev/null
  rm -f -- "$DIR/pids"
}

# Fails if a process that `spawn` started listens on an address other than loopback.
check_loopback() {
  local name pid listeners count=0
  while read -r name _; do
    alive "$name" || die "the process $name has ended"
    listeners=$(ss -Hltnp | grep -F "pid=$pid," | awk '{print $4}') || continue
    count=$((count + 1))
    if grep -qvE '^(127\.0\.0\.1|\[::1\]|\[::ffff:127\.0\.0\.1\]):' <<<"$listeners"; then
      die "$name listens on an address that is not loopback: ${listeners//$'\n'/ }"
    fi
  done <"$DIR/pids"
  ((count)) || die "ss shows no port on which the servers listen"
}
