#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel that takes no module but those whose signer it knows, and does not know ours: Debian's. dkms signs
# ours with a key of its own; a lab without firmware has nowhere to enrol that, so what can be seen here is the
# signature, and that a guest whose kernel refuses the module is never trusted. 64-enrolled-key.sh has the rest.
. "${LAB_LIB:-/lab/lib}/lab.sh"

if [ "$LAB_MODULE" != yes ]; then
	t_skip "a module that dkms signed" "this lab's guests have none; LAB_KERNEL=6.1"
	exit 0
fi
t_cleanup guest_stop patient
t_cleanup daemon_stop

t_ok "the controller starts" daemon_fresh 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest starts" guest_start patient pvh module.sig_enforce=1 || t_bail "no guest"
t_is "its kernel enforces signatures" "$(guest_run patient cat /sys/module/module/parameters/sig_enforce)" Y
t_ok "dkms has signed the module" guest_run patient 'signer=$(modinfo -F signer lazaret) && [ -n "$signer" ]'
t_is "with the key that an operator would enrol" \
	"$(guest_run patient "modinfo -F sig_key lazaret | tr -d ': \n\t'")" \
	"$(guest_run patient "openssl x509 -inform DER -in /var/lib/dkms/mok.pub -noout -serial | sed 's/serial=//'")"
t_fails "the module was not loaded" guest_run patient 'grep ^lazaret /proc/modules'
t_like "its kernel says why" "$(guest_run patient modprobe lazaret 2>&1)" 'Key was rejected by service'
wait_for 60 "the guest is unknown" vm_is patient unknown
t_is "and never was trusted" "$(vm_get patient '[.history[].to] | index("trusted")')" null
