#!/usr/bin/env bash
# Starts a temporary single-node Ceph RGW (mon, memstore OSD and radosgw, without mgr) with http and
# https, as an independent S3 server for the tests.
#
#   tests/real/ceph.sh up DIR     installs Ceph from apt if missing, starts Ceph, and writes DIR/env
#   tests/real/ceph.sh down DIR   stops Ceph, and keeps DIR with the logs
#
# Ceph uses only loopback and free ports, and keeps its state under DIR, which must be missing or
# empty. The variable API_NAME (such as eu-west-1) sets the name of the zonegroup, which is the only
# LocationConstraint that Ceph accepts and reports. Without the variable, the name is "default".
set -euo pipefail
# shellcheck source=tests/real/lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

ceph_conf() {
  cat <<CONF
[global]
fsid = $FSID
mon host = v2:127.0.0.1:$MON_PORT
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
keyring = $DIR/keyring
log file = $DIR/log/\$name
run dir = $DIR/run
crash dir = $DIR/run
admin socket =
pid file =
auth allow insecure global id reclaim = false

# The following settings make Ceph faster: no batching of map changes, one copy, few placement
# groups.
paxos propose interval = 0.05
paxos min wait = 0.02
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 10000

[mon]
mon data = $DIR/mon
# By default, a mon exits if less than 5 % of the disk is free, but this mon needs only some megabytes.
mon data avail warn = 0
mon data avail crit = 0
mon cluster log file = $DIR/log/cluster

[osd]
osd data = $DIR/osd
osd objectstore = memstore
memstore device bytes = 1073741824
osd class load list = *
osd class default list = *

[client.rgw]
rgw data = $DIR/rgw
rgw dns name = localhost
rgw enable apis = s3, iam, sts, admin
rgw frontends = beast endpoint=127.0.0.1:$HTTP_PORT ssl_endpoint=127.0.0.1:$HTTPS_PORT ssl_certificate=$DIR/tls/server.pem ssl_private_key=$DIR/tls/server.key
rgw enable gc threads = false
rgw enable lc threads = false
rgw run sync thread = false
CONF
}

admin() {
  STEP=radosgw-admin
  timeout 60 radosgw-admin -c "$DIR/ceph.conf" -n client.rgw "$@" >>"$DIR/log/radosgw-admin" 2>&1
}

server_up() {
  PATH=$PATH:/usr/sbin:/sbin
  ensure_commands curl:curl openssl:openssl ss:iproute2 \
    ceph-mon:ceph-mon ceph-osd:ceph-osd radosgw:radosgw ceph:ceph-common \
    radosgw-admin:ceph-common ceph-authtool:ceph-common monmaptool:ceph-base
  make_tls
  mkdir "$DIR"/{mon,osd,rgw,run}
  read -r MON_PORT HTTP_PORT HTTPS_PORT <<<"$(free_ports 3)"
  FSID=$(cat /proc/sys/kernel/random/uuid)
  local osd_uuid ceph=(-c "$DIR/ceph.conf")
  osd_uuid=$(cat /proc/sys/kernel/random/uuid)
  ceph_conf >"$DIR/ceph.conf"

  STEP=setup
  {
    ceph-authtool --create-keyring "$DIR/keyring" --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool "$DIR/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool "$DIR/keyring" --gen-key -n client.rgw --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool "$DIR/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    # A mon reads its port from the monmap. Without a monmap, --mkfs would use the default port.
    monmaptool --create --fsid "$FSID" --addv a "[v2:127.0.0.1:$MON_PORT]" "$DIR/monmap"
    ceph-mon "${ceph[@]}" -i a --mkfs --monmap "$DIR/monmap" --keyring "$DIR/keyring"
  } >"$DIR/log/setup" 2>&1
  spawn mon ceph-mon "${ceph[@]}" -i a -f
  wait_for mon 30 ceph "${ceph[@]}" --connect-timeout 10 osd new "$osd_uuid" 0
  STEP=setup
  ceph-osd "${ceph[@]}" -i 0 --mkfs --osd-uuid "$osd_uuid" >>"$DIR/log/setup" 2>&1
  spawn osd ceph-osd "${ceph[@]}" -i 0 -f

  # The first call of radosgw-admin creates the pools of the zone, so the OSD must run before the
  # first call.
  local owner=(AKIAOWNER00000000001 owner0secret0of0a0throwaway0ceph00000001)
  local stranger=(AKIASTRANGER00000002 stranger0secret0of0a0throwaway0ceph00002)
  local iam=(AKIAIAMADMIN00000003 iamadmin0secret0of0a0throwaway0ceph00003)
  local limited=(AKIALIMITED000000004 limited0secret0of0a0throwaway0ceph000004)
  admin user create --uid=owner --display-name=owner \
    --access-key="${owner[0]}" --secret-key="${owner[1]}"
  admin user create --uid=stranger --display-name=stranger \
    --access-key="${stranger[0]}" --secret-key="${stranger[1]}"
  admin user create --uid=iamadmin --display-name=iamadmin \
    --access-key="${iam[0]}" --secret-key="${iam[1]}" --caps='user-policy=*'
  admin user create --uid=limited --display-name=limited \
    --access-key="${limited[0]}" --secret-key="${limited[1]}"
  if [[ -n ${API_NAME:-} ]]; then
    admin zonegroup modify --rgw-zonegroup=default --api-name="$API_NAME"
  fi
  spawn rgw radosgw "${ceph[@]}" -n client.rgw -f
  wait_for rgw 60 curl --noproxy "*" -fsS -m 5 -o /dev/null "http://127.0.0.1:$HTTP_PORT/"
  wait_for rgw 10 curl --noproxy "*" -fsS -m 5 -o /dev/null --cacert "$DIR/tls/ca.pem" "https://localhost:$HTTPS_PORT/"

  cat >"$DIR/env" <<ENV
CEPH_HTTP=http://127.0.0.1:$HTTP_PORT
CEPH_HTTPS=https://localhost:$HTTPS_PORT
CEPH_CA=$DIR/tls/ca.pem
CEPH_OWNER_UID=owner
CEPH_OWNER_KEY_ID=${owner[0]}
CEPH_OWNER_SECRET=${owner[1]}
CEPH_STRANGER_UID=stranger
CEPH_STRANGER_KEY_ID=${stranger[0]}
CEPH_STRANGER_SECRET=${stranger[1]}
CEPH_IAM_KEY_ID=${iam[0]}
CEPH_IAM_SECRET=${iam[1]}
CEPH_LIMITED_UID=limited
CEPH_LIMITED_KEY_ID=${limited[0]}
CEPH_LIMITED_SECRET=${limited[1]}
CEPH_VERSION=$(radosgw --version | awk '{print $3}')
ENV
}

run_main "$@"
