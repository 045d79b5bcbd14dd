#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A cure that is broken off, by a crash or by new danger, ends in danger, and can be begun again.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

# in_danger WHEN: and the only VM of its name.
in_danger() {
	t_is "$1: it is in danger" "$(vm_get patient .state)" danger
	t_is "$1: there is one VM of this name" \
		"$(lazaretctl --json status | jq '[.vms[] | select(.name == "patient")] | length')" 1
}

# power_fails WHEN
power_fails() {
	daemon_kill
	t_ok "$1: the controller starts again" daemon_start
	in_danger "$1"
	t_is "$1: the plan is as it was" "$(vm_get patient .plan)" "$plan"
}

# at_step NAME: has the cure come to that step?
at_step() {
	vm_get patient '[.steps[] | select(.transaction == "cure")] | last.step' | grep -qx "$1"
}

t_ok "the controller starts" daemon_fresh 'settle = 2' 'probation = 15' 'challenge = 2'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_ok "it is quarantined" lazaretctl quarantine patient
wait_for 60 "it is contained" vm_contained patient
plan=$(vm_get patient .plan)

t_ok "a cure begins" lazaretctl cure patient
wait_for 60 "its domain is gone" at_step destroy
power_fails "killed in the rollback"

t_ok "another cure begins" lazaretctl cure patient
vm_wait patient curing 10
wait_for 120 "its disk is as it was" at_step boot
power_fails "killed while it boots"
wait_for 90 "killed while it boots: it is contained" cut_off patient

t_ok "another cure begins" lazaretctl cure patient
vm_wait patient probation 300
power_fails "killed on probation"
wait_for 90 "killed on probation: it is contained" cut_off patient

t_ok "another cure begins" lazaretctl cure patient
vm_wait patient probation 300
t_ok "an operator puts it in danger" lazaretctl quarantine patient --reason "not yet"
vm_wait patient danger 30
t_like "the cure says what ended it" "$(vm_get patient .reason)" 'broken off.*not yet'
wait_for 60 "it is contained" vm_contained patient
t_ok "seen from outside, it is cut off" cut_off patient

t_ok "the last cure begins" lazaretctl cure patient
vm_wait patient trusted 300
t_is "its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
t_is "its plan is done with" "$(vm_get patient .plan)" null
