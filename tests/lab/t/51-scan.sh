#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A remedy domain looks at the disk of a guest: clean, infected in several ways, broken; and what becomes
# of the domain when the controller dies.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly SIGNATURES=/run/lab-signatures WORK=/run/lab-scan
readonly LABEL_REMEDY=system_u:system_r:remedy_t MARK='lazaret lab signature 7b1d'

t_cleanup disk_as_golden patient
t_cleanup daemon_stop
mkdir -p "$SIGNATURES" "$WORK"
modprobe loop
disk_script
signature_of_eicar "$SIGNATURES"
signature_of_text "$SIGNATURES" Lab.Mark "$MARK"
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"

t_ok "the controller starts" daemon_fresh "remedy-signatures = $SIGNATURES" 'remedy-memory = 512' \
	'remedy-limit = 900'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_is "a guest that runs is not scanned" "$(scan)" 1
t_like "it says what to do" "$(cat "$REMEDY_WORK/err")" 'pause'

guest_run patient sync
xl pause patient
t_is "a clean disk: exit status 0" "$(scan)" 0 || t_note "$(cat "$REMEDY_WORK/out" "$REMEDY_WORK/err")"
t_is "a clean disk: the result" "$(jq -r .result "$REMEDY_WORK/out")" clean
t_is "both signatures were there" "$(jq .signatures "$REMEDY_WORK/out")" 2
t_ok "all of the disk was looked at" jq -e '.files > 5000 and .bytes > 100000000' "$REMEDY_WORK/out"
t_note "$(jq -c '{files, bytes, signatures}' "$REMEDY_WORK/out") $(lazaretctl --json show patient |
	jq -c '[.vm.steps[] | select(.transaction == "scan") | {(.step): .ms}] | add')"
t_ok "the remedy domain is gone, and its loop devices" remedy_gone

xl unpause patient
eicar >"$WORK/eicar"
t_ok "the guest is infected" guest_put patient "$WORK/eicar" /root/eicar.com
guest_unknown_program patient /usr/local/bin/beacon
guest_run patient "printf x >>/usr/bin/tac; echo '$MARK' >\$'/root/a b\\nc'
	printf '[Service]\nExecStart=/usr/local/bin/beacon\n' >/etc/systemd/system/beacon.service; mkdir -p /root/.ssh
	echo 'ssh-ed25519 AAAA stranger' >/root/.ssh/authorized_keys; echo changed >>/etc/hosts; sync"
xl pause patient
t_is "an infected disk: exit status 6" "$(scan)" 6 || t_note "$(cat "$REMEDY_WORK/out" "$REMEDY_WORK/err")"
t_ok "EICAR is found by its signature" found signature /root/eicar.com '.rule | test("Eicar-Test")'
t_ok "a file with the test signature, in spite of its name" found signature '/root/a b\x0ac' \
	'.rule | test("Lab.Mark")'
t_ok "a changed program, with the package it should be of" found wrong-digest /usr/bin/tac \
	'(.expected | test("^sha256:")) and .found != .expected'
t_ok "an unknown program" found unknown-file /usr/local/bin/beacon
t_ok "the unit that starts it" found unknown-file /etc/systemd/system/beacon.service
t_ok "a key that lets somebody in" found unknown-file /root/.ssh/authorized_keys
t_is "and nothing else" "$(jq .found "$REMEDY_WORK/out")" 6 || t_note "$(jq -c '.findings[]' "$REMEDY_WORK/out")"
t_like "people see them, too" "$(lazaretctl events patient | grep ' scan ')" 'result=findings'

# scanning: is a remedy domain there?
scanning() {
	[ -n "$(remedy_domains)" ]
}

scan >"$WORK/status" &
wait_for 60 "another scan begins" scanning
domain=$(remedy_domains)
# Its name is there before its disks are.
wait_for 60 "it runs" eval '[ "$(xenstore-read "/local/domain/0/backend/vbd/$domain/51712/state")" = 4 ]'
t_is "the domain has no network card" "$(xenstore-list /local/domain/0/backend/vif/"$domain" 2>&1 | grep -c '^[0-9]')" 0
t_is "the guest's disk can only be read" \
	"$(xenstore-read "/local/domain/0/backend/vbd/$domain/51712/mode")" r
if need_flask "the domain's label"; then
	t_is "the domain's label" "$(xl list -Z | awk -v d="$domain" '$2 == d { print $NF }')" "$LABEL_REMEDY"
fi
daemon_kill
wait
t_is "the controller is killed: nobody knows" "$(cat "$WORK/status")" 3
t_ok "the remedy domain is still there" scanning
t_ok "the controller starts again" daemon_start
wait_for 60 "it destroys the remedy domain" remedy_gone

scan >"$WORK/status" &
wait_for 60 "a third scan begins" scanning
xl unpause patient
wait
t_is "the guest is let run: the scan has failed" "$(cat "$WORK/status")" 1
t_like "and says so" "$(cat "$REMEDY_WORK/err")" 'let run'
wait_for 60 "its domain is destroyed" remedy_gone

guest_stop patient
dd if=/dev/zero of="$(guest_disk patient)" bs=1k seek=1 count=1 conv=notrunc,fsync 2>/dev/null
# shellcheck disable=SC2034 # read by guest_create
GUEST_XL=(-p)
t_ok "a guest is made, paused" guest_create patient pvh
wait_for 30 "the controller sees it, paused" vm_paused patient
t_is "a broken superblock: it is not scanned" "$(scan)" 1
t_is "a broken superblock: never clean" "$(jq -r .result "$REMEDY_WORK/out")" failed
t_like "a broken superblock: it says why" "$(cat "$REMEDY_WORK/err")" 'no file system'
wait_for 60 "its domain is destroyed" remedy_gone

t_note "an operator without signatures"
disk_as_golden patient
sed -i '/^remedy-signatures/d' "$DAEMON_CONF"
t_ok "the configuration is read again" lazaretctl reload
t_ok "a guest is made, paused" guest_create patient pvh
wait_for 30 "the controller sees it, paused" vm_paused patient
t_is "it is scanned" "$(scan)" 0 || t_note "$(cat "$REMEDY_WORK/out" "$REMEDY_WORK/err")"
t_is "without any" "$(jq .signatures "$REMEDY_WORK/out")" 0
sed -i '/^pack/d' "$DAEMON_CONF"
t_ok "the configuration is read again" lazaretctl reload
t_is "without golden values as well: it is not" "$(scan)" 1
t_like "it says why" "$(cat "$REMEDY_WORK/err")" 'nothing to compare with'
