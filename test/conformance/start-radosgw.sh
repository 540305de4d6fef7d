#!/usr/bin/env bash
# Starts Ceph's S3 server on this machine, with everything in memory; Ctrl-C ends it. Debian packages:
#   apt-get install --no-install-recommends ceph-mon ceph-osd ceph-common radosgw
# usage: start-radosgw.sh FOLDER PORT    (PORT + 1 and PORT + 2 must be free too; everything in FOLDER is removed)
set -euo pipefail
folder=${1:?folder}
port=${2:?port}
rm -rf "$folder"
mkdir -p "$folder"/{mon,osd}
fsid=$(cat /proc/sys/kernel/random/uuid)
mon="[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]"
cat > "$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon initial members = a
mon host = ${mon//,/\/0,}
public network = 127.0.0.0/8
ms bind ipv6 = false
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
auth cluster required = none
auth service required = none
auth client required = none
mon data = $folder/mon
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd max object name len = 1024
log file = $folder/\$name.log
run dir = $folder
admin socket = $folder/\$name.asok
pid file = $folder/\$name.pid
rgw data = $folder
rgw frontends = beast endpoint=127.0.0.1:$port
rgw multipart min part size = 5242880
CONF
export CEPH_CONF=$folder/ceph.conf
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait' EXIT
run() {
  "$@" > "$folder/$1-$3.out" 2>&1 &
  pids+=($!)
}
monmaptool --create --clobber --addv a "$mon" --fsid "$fsid" "$folder/monmap" > /dev/null
ceph-mon -i a --mkfs --monmap "$folder/monmap" > /dev/null 2>&1
run ceph-mon -i a -f
timeout 30 ceph osd create > /dev/null
ceph-osd -i 0 --mkfs > "$folder/mkfs.out" 2>&1
run ceph-osd -i 0 -f
run radosgw -n client.rgw -f
until curl -s -o /dev/null -m 1 "http://127.0.0.1:$port/"; do sleep 0.2; done
radosgw-admin -n client.rgw user create --uid=local --display-name=local \
  --access-key=LOCALTEST --secret-key=LOCALTEST > "$folder/user.out" 2>&1
echo "http://127.0.0.1:$port"
wait
