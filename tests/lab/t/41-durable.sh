#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A quarantine follows its VM: over its reboot, its next start, another name, save and restore, a
# label changed behind our back, a reboot of dom0 and a start while no controller runs.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

another_domain() {
	local now
	now=$(guest_domid patient) && [ "$now" != "$domid" ]
}

# stays WHEN: in danger, contained, and not one packet of it since packets_watch.
stays() {
	wait_for 90 "$1: it is contained" vm_contained patient
	t_is "$1: it is in danger" "$(vm_get patient .state)" danger
	t_ok "$1: seen from outside, it is cut off" cut_off patient
	t_is "$1: no packet of it was seen" "$(packets_seen patient)" 0
}

t_ok "the controller starts" daemon_fresh 'challenge = 2'
for type in pvh pv; do
	t_ok "$type: a guest starts" guest_start patient "$type" || continue
	wait_for 120 "$type: it is trusted or held" eval 'vm_is patient trusted || vm_is patient danger'
	lazaretctl quarantine patient >/dev/null 2>&1
	wait_for 60 "$type: it is contained" vm_contained patient
	packets_watch patient

	domid=$(guest_domid patient)
	guest_run patient 'systemctl reboot --force --force' >/dev/null 2>&1 &
	pid=$!
	wait_for 120 "$type, reboot: it is another domain" another_domain
	wait "$pid"
	stays "$type, reboot"
	t_ok "$type, reboot: it comes up" guest_wait patient

	guest_create patient "$type"
	stays "$type, next start"
	t_ok "$type, next start: it comes up" guest_wait patient

	xl rename patient other
	wait_for 30 "$type, rename: the new name is known" vm_is other danger
	t_ok "$type, rename: it is contained" vm_contained other
	xl rename other patient
	wait_for 30 "$type, rename: the old name is known again" vm_is patient danger

	if need_flask "$type: a label changed behind our back is set again"; then
		relabel patient "$LABEL_GUEST"
		wait_for 30 "$type: a label changed behind our back is set again" \
			eval '[ "$(label_of patient)" = "$LABEL_DANGER" ]'
		t_is "$type: that is told" "$(lazaretctl --json events | jq -rs --arg vm "$(guest_uuid patient)" \
			'any(.[]; .vm == $vm and .event == "changed")')" true
	fi

	daemon_stop
	echo another-boot >"$DAEMON_STATE/host-boot"
	guest_create patient "$type"
	t_ok "$type, dom0 has booted: the controller starts after the guest" daemon_start
	stays "$type, dom0 has booted"
	t_ok "$type, dom0 has booted: it comes up" guest_wait patient
	guest_stop patient
done
