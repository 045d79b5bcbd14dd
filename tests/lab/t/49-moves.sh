#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A quarantine and the moves of a VM: saved and restored, migrated to the same host.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly IMAGE=/var/tmp/patient.save LOG=/run/migrate.log LIMIT=400

t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup rm -f "$IMAGE"

# can_migrate: does this Xen migrate a guest of that type at all? (Not a PV guest whose changes it can't follow.)
can_migrate() {
	guest_migrate patient "$LIMIT" 2>"$LOG" && return
	grep -q 'Failed to enable logdirty' "$LOG" || t_note "$(cat "$LOG")"
	return 1
}

another_domain() {
	local now
	now=$(guest_domid patient) && [ "$now" != "$domid" ]
}

# stays WHEN: in danger, contained, and not one packet of it since packets_watch.
stays() {
	wait_for 120 "$1: it is contained" vm_contained patient
	t_is "$1: it is in danger" "$(vm_get patient .state)" danger
	t_ok "$1: seen from outside, it is cut off" cut_off patient
	t_is "$1: its level lets it run" "$(vm_get patient .paused)" false
	wait_for 120 "$1: it goes on where it was" guest_run patient -t 20 true
	t_is "$1: no packet of it was seen" "$(packets_seen patient)" 0
}

for type in pvh pv; do
	t_ok "$type: the controller starts" daemon_fresh 'challenge = 2'
	t_ok "$type: a guest starts" guest_start patient "$type" || t_bail "no guest"
	vm_wait patient trusted 120
	moves=yes
	can_migrate || moves=no
	vm_wait patient trusted 120
	t_ok "$type: it is saved" timeout "$LIMIT" xl save patient "$IMAGE"
	t_ok "$type: it is put in quarantine, though it does not run" lazaretctl quarantine patient
	packets_watch patient
	t_ok "$type: it is restored" timeout "$LIMIT" xl restore "$IMAGE"
	rm -f "$IMAGE"
	stays "$type, restored"

	domid=$(guest_domid patient)
	if have_flask; then
		t_fails "$type: in danger, it can't be saved" timeout "$LIMIT" xl save patient "$IMAGE"
		stays "$type, not saved"
		t_fails "$type: nor migrated" guest_migrate patient "$LIMIT"
		t_fails "$type: it is the same domain" another_domain
		stays "$type, not migrated"
	else
		t_ok "$type: without FLASK, it can be saved in danger" timeout "$LIMIT" xl save patient "$IMAGE"
		t_ok "$type: and restored" timeout "$LIMIT" xl restore "$IMAGE"
		stays "$type, saved in danger"
		domid=$(guest_domid patient)
		if [ "$moves" = yes ]; then
			t_ok "$type: and migrated" guest_migrate patient "$LIMIT"
			t_ok "$type: it is another domain" another_domain
			stays "$type, migrated in danger"
		fi
	fi

	t_ok "$type: it is released" lazaretctl release patient --reason "end of the test"
	wait_for 120 "$type: nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
	wait_for 60 "$type: released, it has its network card" guest_run patient -t 20 'ping -c 1 -W 2 10.77.0.1'
	domid=$(guest_domid patient)
	if [ "$moves" = yes ]; then
		t_ok "$type: it is migrated" guest_migrate patient "$LIMIT"
		t_ok "$type: it is another domain now" another_domain
	else
		t_skip "$type: it is migrated" "$(grep -m 1 'Failed to enable' "$LOG")"
	fi
	wait_for 120 "$type: it goes on" guest_run patient -t 20 true
	wait_for 60 "$type: the controller knows" eval '[ "$(vm_get patient .domid)" = "$(guest_domid patient)" ]'
	t_like "$type: it is still let out" "$(vm_get patient .state)" '^(held|trusted)$'
	wait_for 60 "$type: with its network card" guest_run patient -t 20 'ping -c 1 -W 2 10.77.0.1'
	guest_stop patient
done
