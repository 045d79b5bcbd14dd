#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole chain: trusted, an unknown program, quarantine, cure, trusted again; and nobody else hurt.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

# infect TYPE WHERE: from trusted to contained; WHERE is the unknown program's path.
infect() {
	local type=$1 where=$2 sent
	t_ok "$type: the patient starts" guest_start patient "$type" || return
	vm_wait patient trusted 120 || return
	t_is "$type: evidence is told" "$(vm_get patient .evidence)" stream
	t_like "$type: more than 50 records were checked" "$(vm_get patient .records)" '^[0-9]{2,}$'
	wait_for 60 "$type: it reaches its neighbour" guest_reaches patient neighbour
	domid=$(guest_domid patient)
	label=$(label_of patient)
	mac=$(cat "/sys/class/net/vif$domid.0/address" 2>/dev/null)
	packets_watch patient
	t_ok "$type: an unknown program is left in $where" guest_unknown_program patient "$where"
	guest_run patient "'$where' -i 0.2 10.77.0.12 >/dev/null 2>&1 </dev/null & disown"
	vm_wait patient danger
	wait_for 30 "$type: it is contained" vm_contained patient
	t_ok "$type: seen from outside, it is cut off" cut_off patient
	t_like "$type: the reason names the file" "$(vm_get patient .reason)" "$where"
	t_is "$type: the finding is of an unknown file" \
		"$(vm_get patient '[.found[] | select(.danger)][0].class')" unknown-file
	t_is "$type: it runs on, isolated" "$(guest_run patient 'echo alive')" alive
	sent=$(packets_seen patient)
	guest_run patient 'sleep 2'
	t_is "$type: no packet got through any more" "$(packets_seen patient)" "$sent"
	t_is "$type: the neighbour is still trusted" "$(vm_get neighbour .state)" trusted
}

# cure TYPE WHERE: from contained to trusted, after an infect.
cure() {
	local type=$1 where=$2
	t_ok "$type: the cure begins" lazaretctl cure patient
	vm_wait patient trusted 300
	t_ok "$type: it is another domain now" test "$(guest_domid patient)" != "$domid"
	t_ok "$type: it answers" guest_wait patient
	t_is "$type: its label is back" "$(label_of patient)" "$label"
	t_is "$type: its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
	t_is "$type: with the same address in dom0" \
		"$(cat "/sys/class/net/$(vif_name patient)/address")" "$mac"
	wait_for 60 "$type: it reaches its neighbour again" guest_reaches patient neighbour
	t_fails "$type: the unknown program is gone" guest_run patient test -e "$where"
	t_is "$type: it was on probation before that" \
		"$(vm_get patient '[.history[].to] | index("probation") != null')" true
}

t_ok "the controller starts" daemon_fresh 'settle = 3' 'probation = 3'
t_ok "the neighbour starts" guest_start neighbour pvh || t_bail "no neighbour"
vm_wait neighbour trusted 120 ||
	t_note "$(lazaretctl show neighbour)"
infect pvh /usr/local/bin/worm
cure pvh /usr/local/bin/worm
guest_stop patient
t_note "a PV guest, and a program that is only in memory"
infect pv /dev/shm/worm
t_ok "pv: an operator lets it out" lazaretctl release patient --reason "end of the test"
wait_for 60 "pv: its label is back" eval '! have_flask || [ "$(label_of patient)" = "$label" ]'
wait_for 60 "pv: it reaches its neighbour again" guest_reaches patient neighbour
t_is "pv: it is held: its log still has the finding" "$(vm_get patient .state)" held
