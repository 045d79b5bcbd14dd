#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Starts of a VM in danger with our hook in front of Xen's hotplug scripts: while the controller is down,
# killed or stuck, it does not run one instruction before it is contained; nobody else is held.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly HOOK=/etc/xen/scripts/lazaret-block

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop
t_cleanup rm -f /lab/bin/lazaret-lab-vif /lab/bin/lazaret-lab-block

# with_hook NAME: options for xl.
with_hook() {
	# shellcheck disable=SC2034 # read by guest_create
	GUEST_XL=("vif=['mac=$(guest_mac "$1"),bridge=xenbr0,script=/lab/bin/lazaret-lab-vif']"
		"disk=['format=raw,vdev=xvda,access=rw,script=/lab/bin/lazaret-lab-block,target=$(guest_disk "$1")']")
}

# has_not_run NAME: paused, without processor time, and it said nothing.
has_not_run() {
	local line
	line=$(xl list "$1" | tail -n 1)
	[[ $line =~ --p--.*[[:space:]]0\.0$ ]] && [ ! -s "$(guest_console "$1")" ]
}

# console_forget NAME
console_forget() {
	: >"$(guest_console "$1")"
}

# held_by_hook NAME
held_by_hook() {
	xenstore-exists "$(guest_xs "$1")/lazaret-hold"
}

# comes_up WHEN: it was held; now that the controller runs, it is contained and only then runs.
comes_up() {
	wait_for 90 "$1: it is contained" vm_contained patient
	t_ok "$1: seen from outside, it is cut off" cut_off patient
	t_fails "$1: the hook's pause is over" held_by_hook patient
	t_ok "$1: it comes up" guest_wait patient
	t_is "$1: no packet of it was seen" "$(packets_seen patient)" 0
}

another_domain() {
	local now
	now=$(guest_domid patient) && [ "$now" != "$domid" ]
}

ln -sf "$HOOK" /lab/bin/lazaret-lab-vif
ln -sf "$HOOK" /lab/bin/lazaret-lab-block
for type in pvh pv; do
	t_ok "$type: the controller starts" daemon_fresh 'challenge = 2'
	with_hook patient
	t_ok "$type: with the hook, a guest starts" guest_start patient "$type" || t_bail "no guest"
	lazaretctl quarantine patient >/dev/null 2>&1
	wait_for 60 "$type: it is contained" vm_contained patient
	packets_watch patient

	daemon_stop
	guest_stop patient
	console_forget patient
	t_ok "$type, controller down: xl makes it" guest_create patient "$type"
	t_ok "$type, controller down: it has not run" has_not_run patient
	t_ok "$type, controller down: the hook holds it" held_by_hook patient
	with_hook neighbour
	t_ok "$type, controller down: a healthy one starts as ever" guest_start neighbour
	guest_stop neighbour
	t_ok "$type, controller down: the one in danger has not run yet" has_not_run patient
	t_ok "$type: the controller starts again" daemon_start
	comes_up "$type, controller down"

	daemon_kill
	domid=$(guest_domid patient)
	console_forget patient
	guest_run patient 'systemctl reboot --force --force' >/dev/null 2>&1 &
	pid=$!
	wait_for 120 "$type, own reboot: it is another domain" another_domain
	wait "$pid"
	wait_for 60 "$type, own reboot: it is held" held_by_hook patient
	t_like "$type, own reboot: it has not run" "$(xl list patient | tail -n 1)" '--p--.* 0\.0$'
	t_ok "$type, own reboot: the controller starts again" daemon_start
	comes_up "$type, own reboot"

	with_hook patient
	console_forget patient
	pid=$(daemon_pid)
	kill -STOP "$pid"
	t_ok "$type, controller stuck: xl makes it" guest_create patient "$type"
	t_ok "$type, controller stuck: it has not run" has_not_run patient
	kill -CONT "$pid"
	comes_up "$type, controller stuck"

	guest_create patient "$type"
	t_is "$type, controller up: the pause was there when xl had made it" \
		"$(lazaretctl --json show patient |
			jq -r '[.vm.steps[] | select(.step == "pause")][-1].result')" ok
	comes_up "$type, controller up"
	guest_stop patient
done
