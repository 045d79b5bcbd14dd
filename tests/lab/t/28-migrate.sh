#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest with a TPM is migrated to the same host, twice: the rings are made anew, the chip stays, no record is
# lost, and the guest is trusted again.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly LIMIT=400
t_cleanup guest_stop patient
t_cleanup daemon_stop

# chip: by which user space knows it.
chip() {
	guest_run patient 'cd /sys/class/tpm && echo tpm*'
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
chip=$(chip)
for program in b2sum basenc; do
	domid=$(guest_domid patient)
	t_ok "it is migrated" guest_migrate patient "$LIMIT"
	t_fails "it is another domain" test "$(guest_domid patient)" = "$domid"
	vm_wait patient trusted 120
	t_is "by its TPM" "$(vm_get patient .evidence)" tpm
	t_is "the chip is the same" "$(chip)" "$chip"
	t_ok "$program runs for the first time" guest_run patient "/usr/bin/$program --version"
	wait_for 60 "dom0 has the record" vm_records_equal patient
	for bank in sha1 sha256; do
		wait_for 60 "PCR 10 of $bank is what the list says" lists_agree "$bank"
	done
	t_is "the guest lost no record" "$(status_of lost)" 0
	wait_for 60 "nor did dom0" eval '[ "$(vm_get patient .lost)" = 0 ]'
	t_is "it never was in danger" "$(vm_get patient '[.history[].to] | index("danger")')" null
done
