#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that fights its containment (tests/attacks/fighting): it ignores its backends, keeps rings and
# grants, floods event channels and xenstore, makes its frontends' nodes again, and at last spins with
# interrupts off. It is cut off all the same; its neighbour and the controller do not feel it.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly MODULE=/usr/lib/lazaret-lab/fighting.ko PACK=/run/fighting.pack POLICY=/run/fighting.policy
readonly LOADED=/usr/local/lib/fighting.ko # where the guest has it
readonly SWITCH=/sys/module/fighting/parameters BEACON=/usr/local/bin/beacon
# Seconds in which the controller has to answer, on an emulator.
readonly ANSWER_LIMIT=10
t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop
t_cleanup losetup -D
t_cleanup rm -f /run/own.img

# golden_module: a policy by which the module is as golden as all else: what it does is the matter here,
# and that is nothing that any measurement tells.
golden_module() {
	install -D -m 644 "$MODULE" "/run/fighting$LOADED" &&
		lazaretctl golden build -o "$PACK" --root /run/fighting &&
		printf '[packs]\ngolden = %s\ngolden = %s\n' "$GOLDEN_PACK" "$PACK" >"$POLICY"
}

# fresh: the controller, with that policy for both.
fresh() {
	daemon_stop
	rm -rf "$DAEMON_STATE"
	printf '[defaults]\npolicy = %s\nchallenge = 2\nstale = 20\n' "$POLICY" >"$DAEMON_CONF"
	daemon_start
}

# switch NAME: with no answer, where none can come.
switch() {
	guest_run patient "echo ${2:-1} >$SWITCH/$1"
}

# backends KIND: of the patient, in xenstore.
backends() {
	xenstore-list "/local/domain/0/backend/$1/$id" 2>/dev/null | sort | xargs
}

# threads: of the patient's card and of its second disk, in dom0's kernel: they hold what it granted.
threads() {
	pgrep -l "^vif$id\.|^$id\.xvdb" | xargs
}

# answers WHEN: the controller, in time.
answers() {
	local begin=${EPOCHREALTIME/./} end
	t_ok "$1: the controller answers" timeout "$ANSWER_LIMIT" lazaretctl status
	end=${EPOCHREALTIME/./}
	t_note "$1: it took $(((end - begin) / 1000)) ms"
}

# unharmed WHEN: the neighbour: its network, its xenstore, its disk, its proofs.
unharmed() {
	local sent
	sent=$(vif_sent neighbour)
	t_is "$1: the neighbour's xenstore carries a command, and its disk works" \
		"$(guest_run neighbour "echo $1 >/root/mark && sync && cat /root/mark")" "$1"
	wait_for 30 "$1: its traffic goes on" eval "[ \$(vif_sent neighbour) -gt $((sent + 5)) ]"
	wait_for 30 "$1: it is trusted" vm_is neighbour trusted
	t_is "$1: it is not cut off" "$(vm_get neighbour .contained)" false
}

# cut_off_for_good WHEN: from outside; and the guest goes on trying meanwhile.
cut_off_for_good() {
	wait_for 60 "$1: it is contained" vm_contained patient || t_note "$(vm_get patient '[.steps[-1], .reason]')"
	t_ok "$1: seen from outside, it is cut off" cut_off patient
	t_is "$1: no backend of a card, and of the disks that of its root" \
		"$(backends vif)|$(backends vbd)" "|51712"
	wait_for 20 "$1: dom0's kernel holds nothing of them" eval '[ -z "$(threads)" ]'
	packets_watch patient
	unharmed "$1"
	answers "$1"
	t_is "$1: not one packet of it came meanwhile" "$(packets_seen patient)" 0
	t_is "$1: it is contained still" "$(vm_get patient .contained)" true
	packets_stop patient
}

# fight_and_fall_ill: everything but the spinning; then a program that is not golden runs.
fight_and_fall_ill() {
	t_ok "$type: it refuses from now on" switch refuse
	guest_run patient "ping -i 0.02 $(guest_ip neighbour) >/dev/null 2>&1 </dev/null & disown"
	t_ok "$type: it floods" switch flood
	answers "$type, under the flood"
	unharmed "$type-flood"
	guest_run patient "$BEACON -c 1 127.0.0.1" >/dev/null 2>&1
	vm_wait patient danger
	cut_off_for_good "$type-ill"
	t_is "$type: it was a record that told" "$(vm_get patient '.reason | test("beacon")')" true
}

# fought: it did all of that, as it says itself.
fought() {
	local did
	did=$(guest_run patient -t 120 "cd $SWITCH && grep . nodes_tried store_writes events_sent nodes_made" | xargs)
	t_note "$type: $did"
	t_ok "$type: it fought" test "$(grep -oE '(tried|writes|sent):[1-9][0-9]+' <<<"$did" | wc -l)" = 3
}

# time_of: seconds of processor time of the patient.
time_of() {
	xl list patient | awk 'NR == 2 { print int($6) }'
}

# spins: silent for ever; that is no proof of anything, but an operator may act on it.
spins() {
	local spent
	switch flood 0
	t_ok "$type: a release gives everything back, without its help" lazaretctl release patient --reason test
	wait_for 60 "$type: that is through" eval '[ "$(vm_get patient .plan)" = null ]'
	t_is "$type: card and disk are there" "$(backends vif)|$(backends vbd)" "0|51712 51728"
	t_fails "$type: it spins, and answers nothing any more" guest_run patient -t 1 "echo 1 >$SWITCH/spin"
	spent=$(time_of)
	wait_for 60 "$type: it does nothing but spin" eval "[ \$(time_of) -gt $((spent + 3)) ]"
	unharmed "$type-spinning"
	t_ok "$type, spinning: an operator puts it in quarantine" lazaretctl quarantine patient --reason silent
	cut_off_for_good "$type-spins"
	t_ok "$type, spinning: it can be ended" lazaretctl quarantine patient --level kill
	wait_for 60 "$type, spinning: it is gone" guest_gone patient
	t_ok "$type: with it, the incident ends" lazaretctl release patient --reason test
}

if [ ! -f "$MODULE" ]; then
	t_skip "a fighting guest" "its module could not be built for the guest's kernel"
	exit 0
fi
modprobe loop || t_bail "no loop devices in dom0"
truncate -s 8M /run/own.img
own=$(losetup -f --show /run/own.img)
t_ok "its module is golden" golden_module
t_ok "the controller starts" fresh
t_ok "the neighbour starts" guest_start neighbour || t_bail "no neighbour"
guest_run neighbour "ping -i 0.5 10.77.0.1 >/run/ping.log 2>&1 </dev/null & echo \$! >/run/ping.pid; disown"
vm_wait neighbour trusted 120
pid=$(daemon_pid)
for type in pvh pv; do
	# shellcheck disable=SC2034 # read by guest_create
	GUEST_XL=("disk=['format=raw,vdev=xvda,access=rw,script=/lab/bin/lab-block,target=$(guest_disk patient)',
		'format=raw,vdev=xvdb,access=rw,script=/lab/bin/lab-block,target=$own']")
	t_ok "$type: the patient starts" guest_start patient "$type" || t_bail "no patient"
	id=$(guest_domid patient)
	guest_unknown_program patient "$BEACON"
	t_ok "$type: it gets the module" guest_put patient "$MODULE" "$LOADED"
	t_ok "$type: and loads it" guest_run patient insmod "$LOADED"
	vm_wait patient trusted 120
	fight_and_fall_ill
	fought
	spins
done
t_is "it was one controller all the time" "$(daemon_pid)" "$pid"
guest_run neighbour 'kill -INT "$(cat /run/ping.pid)"; sleep 1; tail -n 2 /run/ping.log' >/run/ping.neighbour
t_like "the neighbour lost no packet all the time" "$(cat /run/ping.neighbour)" ' 0% packet loss'
