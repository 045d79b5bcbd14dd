#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that has the module from the package lazaret-dkms alone (LAB_GUEST=package): it is trusted from
# its first boot on. Then the package is purged.
. "${LAB_LIB:-/lab/lib}/lab.sh"

if [ "$LAB_MODULE" != package ]; then
	t_skip "the package for guests" "this lab's guests have the module from the tree; LAB_GUEST=package"
	exit 0
fi
t_cleanup daemon_stop
t_cleanup guest_restage patient

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20'
for type in pvh pv; do
	t_ok "$type: the guest starts" guest_start patient "$type" || t_bail "no guest"
	t_like "$type: dpkg knows the package" \
		"$(guest_run patient "dpkg-query -W -f '\${Status}' lazaret-dkms")" 'install ok installed'
	t_ok "$type: its module was loaded" guest_run patient 'grep ^lazaret /proc/modules'
	t_ok "$type: its kernel measures by the package's policy" test "$(guest_records patient)" -gt 30
	wait_for 60 "$type: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$type: its start is enrolled" lazaretctl enrol patient
	[ "$type" = pvh ] || lazaretctl release patient --reason "enrolled"
	vm_wait patient trusted 120
	t_is "$type: by its TPM" "$(vm_get patient .evidence)" tpm
done

t_note "it is purged"
t_ok "dpkg does it" guest_run patient -t 300 'dpkg -P lazaret-dkms && sync'
t_is "dkms knows nothing of it" "$(guest_run patient dkms status lazaret)" ''
t_ok "the module that is loaded stays" guest_run patient 'grep ^lazaret /proc/modules'
t_is "no file is left" "$(guest_run patient 'ls -d /etc/ima /usr/src/lazaret* /var/lib/dkms/lazaret \
	/usr/lib/modules-load.d/lazaret.conf 2>/dev/null')" ''
t_ok "it starts again" guest_start patient pv || t_bail "no guest"
t_fails "without the module" guest_run patient 'grep ^lazaret /proc/modules'
wait_for 60 "which is nothing to be trusted" vm_is patient unknown
