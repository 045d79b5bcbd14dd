#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Three guests that talk with each other by TCP and vchan and share a disk. One falls ill: all of
# that ends for it, and for nobody else; what it has of dom0 goes on; after its release all is back.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly POLICY=/run/lab.policy
readonly ALL=(patient neighbour bystander)
readonly TCP=(tcp-neighbour tcp-bystander) VCHANS=(vchan-neighbour vchan-bystander)

for name in "${ALL[@]}"; do t_cleanup guest_stop "$name"; done
t_cleanup losetup -D
t_cleanup rm -f /run/shared.img
t_cleanup daemon_stop

# config: the lab's, with the program that talks as golden as the rest.
config() {
	daemon_stop
	rm -rf "$DAEMON_STATE"
	printf '[packs]\ngolden = %s\ngolden = /etc/lazaret/packs/tools.pack\n' "$GOLDEN_PACK" >"$POLICY"
	{
		printf '[defaults]\nchallenge = 5\nstale = 60\n'
		for name in "${ALL[@]}"; do printf '\n[vm %s]\npolicy = %s\n' "$(guest_uuid "$name")" "$POLICY"; done
	} >"$DAEMON_CONF"
}

# Each two of them have a connection; the patient has a vchan at either end, the others have one.
talk_all() {
	talk_tcp patient neighbour 7001
	talk_tcp bystander patient 7002
	talk_tcp neighbour bystander 7003
	talk_vchans
	talk_vchan neighbour bystander
}
talk_vchans() {
	talk_vchan patient neighbour
	talk_vchan bystander patient
}

# goes_on WHEN NAME WHAT…
goes_on() {
	local when=$1
	shift
	wait_for 90 "$when: $1 hears from ${*:2}" talk_goes_on "$@"
}

# heard: what came to the others from the patient.
heard() {
	for name in neighbour bystander; do
		for what in tcp vchan; do echo "$name $what $(talk_came "$name" "$what-patient")"; done
	done
}

# calm: what came to the others, once what was under way has been read.
calm() {
	local now before=
	while now=$(heard) && [ "$now" != "$before" ]; do before=$now && sleep 2; done
	echo "$now"
}

# others_well WHEN: nothing changed for the two that did not fall ill.
others_well() {
	goes_on "$1" neighbour tcp-bystander vchan-bystander
	goes_on "$1" bystander tcp-neighbour vchan-neighbour
	t_ok "$1: the neighbour has the shared disk" disk_works neighbour xvdc
	for name in neighbour bystander; do
		t_is "$1: $name is trusted" "$(vm_get "$name" .state)" trusted
		t_ok "$1: $name has its card" vif_name "$name"
	done
}

# of_dom0 WHEN: what the patient has of dom0 goes on.
of_dom0() {
	local mark=mark-$RANDOM records
	t_is "$1: xenstore carries a command" "$(guest_run patient 'echo here')" here
	t_ok "$1: its root disk is written and read again" guest_run patient \
		"echo $mark >/root/$mark; sync; echo 3 >/proc/sys/vm/drop_caches
		[ \"\$(cat /root/$mark)\" = $mark ]"
	guest_run patient "echo $mark >/dev/hvc0"
	t_ok "$1: the console carries text" wait_until 20 grep -q "$mark" "$(guest_console patient)"
	records=$(vm_get patient .records)
	guest_run patient "cp /usr/bin/ping /root/$mark-ping && /root/$mark-ping -V"
	wait_for 60 "$1: our vchan carries records" vm_records_equal patient
	t_ok "$1: and new ones" test "$(vm_get patient .records)" -gt "$records"
}

# back WHEN: all that the patient had.
back() {
	goes_on "$1" patient "${TCP[@]}"
	goes_on "$1" neighbour tcp-patient
	goes_on "$1" bystander tcp-patient
	wait_for 60 "$1: it has the shared disk" disk_works patient xvdc
	t_is "$1: its label" "$(label_of patient)" "$label"
}

shared=$(disk_new shared) || t_bail "no loop device"
config
t_ok "the controller starts" daemon_start || t_bail "no controller"
disks="disk=[$(disk_root %s), $(disk_line xvdc rw "$shared")]"
for name in "${ALL[@]}"; do
	GUEST_XL=()
	[ "$name" = bystander ] || GUEST_XL=("${disks//'%s'/$name}")
	# shellcheck disable=SC2034 # read by guest_create
	if have_flask && [ "$name" = bystander ]; then GUEST_XL=('seclabel="system_u:system_r:domU_t"'); fi
	t_ok "$name starts" guest_create "$name" || t_bail "no $name"
done
for name in "${ALL[@]}"; do t_ok "$name is up" guest_wait "$name" || t_bail "no $name"; done
guest_run bystander 'ip address add 10.77.0.13/24 dev enX0 && ip link set enX0 up'
for name in "${ALL[@]}"; do
	vm_wait "$name" trusted 150
	t_ok "$name can talk" talk_prepare "$name"
done
label=$(label_of patient)
talk_all
goes_on "before" patient "${TCP[@]}" "${VCHANS[@]}"
goes_on "before" neighbour tcp-patient vchan-patient
goes_on "before" bystander tcp-patient vchan-patient
t_ok "before: the patient has the shared disk" disk_works patient xvdc
others_well "before"

packets_watch patient
t_ok "the patient falls ill" guest_unknown_program patient /usr/local/bin/worm
guest_run patient "/usr/local/bin/worm -i 0.2 $(guest_ip bystander) >/dev/null 2>&1 </dev/null & disown"
vm_wait patient danger
wait_for 60 "it is contained" vm_contained patient
t_ok "seen from outside, it is cut off" cut_off patient
t_is "it is paused, since it shares memory" "$(vm_get patient .paused)" true
t_is "with both of the others" "$(vm_get patient '.plan.peers | map(.name) | sort | join(" ")')" \
	"bystander neighbour"
before=$(calm) packets=$(packets_seen patient)
others_well "contained"
t_is "not one byte of TCP or vchan came of it since" "$(heard)" "$before"
t_is "not one packet" "$(packets_seen patient)" "$packets"
t_note "$before"

t_ok "it is released" lazaretctl release patient --reason "end of the test"
wait_for 120 "nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
back "released"
goes_on "released" patient "${VCHANS[@]}"
goes_on "released" neighbour vchan-patient
goes_on "released" bystander vchan-patient

t_note "without a vchan to others it runs on"
for name in "${ALL[@]}"; do guest_run "$name" "pkill -f '[v]chan-'"; done
talk_vchan neighbour bystander
t_ok "it is put in quarantine" lazaretctl quarantine patient
wait_for 60 "it is contained again" vm_contained patient
t_is "it is not paused" "$(vm_get patient .paused)" false
before=$(calm)
of_dom0 "in danger"
others_well "in danger"
t_fails "in danger: it has no shared disk" disk_works patient xvdc
t_is "in danger: not one byte came of it since" "$(heard)" "$before"
t_ok "it is released again" lazaretctl release patient --reason "end of the test"
wait_for 120 "nothing is under way any more" eval '[ "$(vm_get patient .doing)" = null ]'
back "released again"
talk_vchans
goes_on "released again" patient "${VCHANS[@]}"
