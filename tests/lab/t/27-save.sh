#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest with a TPM is suspended, and resumed where it is: rings are rebuilt, the chip stays.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup rm -f /var/tmp/checkpoint

pcr10() {
	guest_run patient 'tpm2_pcrread -Q -o /run/pcr sha256:10 && od -An -tx1 /run/pcr | tr -d " \n"'
}

state_is() {
	guest_run patient "grep -qx 'commit-state: $1' /sys/kernel/security/lazaret/status"
}

all_committed() {
	[ "$(guest_run patient "sed -n 's/^extended: //p' /sys/kernel/security/lazaret/status")" = \
		"$(guest_run patient cat /sys/kernel/security/ima/runtime_measurements_count)" ]
}

for type in pvh pv; do
	t_ok "$type: the controller starts" \
		daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
	t_ok "$type: a guest starts" guest_start patient "$type" || t_bail "no guest"
	wait_for 60 "$type: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$type: its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
	domain=$(guest_domid patient)
	before=$(pcr10)
	t_like "$type: PCR 10 has a value" "$before" '^[0-9a-f]{64}$'
	t_ok "$type: it is suspended, saved, and runs on" timeout 200 xl save -c patient /var/tmp/checkpoint
	rm -f /var/tmp/checkpoint
	t_is "$type: it is the same domain" "$(guest_domid patient)" "$domain"
	wait_for 60 "$type: its TPM answers" pcr10
	records=$(vm_get patient .records)
	t_ok "$type: a program that dom0 knows runs for the first time" guest_run patient /usr/bin/factor 42
	wait_for 60 "$type: dom0 has its record" eval '[ "$(vm_get patient .records)" -gt '"$records"' ]'
	vm_wait patient trusted 120
	t_is "$type: nothing was lost" "$(vm_get patient .lost)" 0

	t_ok "$type: it is saved for good" timeout 300 xl save patient /var/tmp/checkpoint
	t_fails "$type: it does not run" guest_domid patient
	t_ok "$type: it is restored" timeout 300 xl restore /var/tmp/checkpoint
	rm -f /var/tmp/checkpoint
	wait_for 120 "$type: it is there again" guest_run patient -t 10 true
	t_fails "$type: it is another domain" test "$(guest_domid patient)" = "$domain"
	wait_for 120 "$type: its TPM answers" pcr10
	wait_for 60 "$type: it is extended" state_is running
	wait_for 60 "$type: every record is in it" all_committed
	t_ok "$type: another program runs for the first time" guest_run patient /usr/bin/shuf -n 1 /etc/passwd
	wait_for 60 "$type: and is committed" all_committed
	t_note "$(vm_get patient '.state + ": " + .reason')"
	t_note "$(guest_run patient 'dmesg | grep -E "lazaret|vtpm2"' | tail -n 12)"
	t_is "$type: the kernel did not complain" "$(guest_complaints patient)" ''
	guest_stop patient
done
