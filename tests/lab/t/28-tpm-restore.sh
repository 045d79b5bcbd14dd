#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest with a TPM is saved to a file and restored as another domain: its TPM has the old PCRs, and
# nobody takes that for a start. Restored where that can't be, it has no TPM, and is not trusted.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup rm -f /var/tmp/saved
tpm_dir=$DAEMON_STATE/vtpm/$(guest_uuid patient)

reason() {
	vm_get patient .reason
}
pcr() {
	guest_run patient "tpm2_pcrread -Q -o /run/pcr sha256:$1 && od -An -tx1 /run/pcr | tr -d ' \n'"
}
restore() {
	timeout 200 xl restore /var/tmp/saved
}

# never_in_danger: has it not been so since the journal began?
never_in_danger() {
	! lazaretctl --json events | jq -e 'select(.event == "state" and .state == "danger")' >&2
}

# has_mark NAME: a mark of the VM's TPM.
has_mark() {
	[ -e "$tpm_dir/$1" ]
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
t_fails "it is not held any more" has_mark held
before=$(guest_domid patient)
guest_run patient 'tpm2_pcrextend 16:sha256=00000000000000000000000000000000000000000000000000000000000000aa'
debug=$(pcr 16)
t_like "it has extended a PCR that no record is about" "$debug" '^[0-9a-f]{64}$'
boot=$(pcr 4)

t_note "saved and restored"
t_ok "it is saved" timeout 200 xl save patient /var/tmp/saved
wait_for 30 "that is on record" has_mark saved
t_ok "it is restored" restore
t_ok "it is another domain" test "$(guest_domid patient)" != "$before"
wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.measured)" = true ]'
t_fails "the record is used up" has_mark saved
wait_for 120 "the guest has its TPM" pcr 16
t_is "with what it had extended" "$(pcr 16)" "$debug"
t_is "and its measured start" "$(pcr 4)" "$boot"
vm_wait patient trusted 120
t_like "the start counts as measured" "$(reason)" 'and of its start'
records=$(vm_get patient .records)
t_ok "a program that dom0 knows runs for the first time" guest_run patient /usr/bin/factor 42
wait_for 60 "dom0 has its record" eval '[ "$(vm_get patient .records)" -gt '"$records"' ]'
vm_wait patient trusted 120
t_ok "it was never in danger" never_in_danger

t_note "restored once more from the same file: its TPM has gone on since"
guest_stop patient
t_ok "it is restored" restore
wait_for 60 "its TPM is not up, and it says why" eval '[[ $(reason) =~ lost ]]'
sleep 20
t_fails "it is not trusted" vm_is patient trusted
t_ok "it was never in danger" never_in_danger

t_note "a new start helps"
t_ok "it starts" guest_start patient pvh
vm_wait patient trusted 120

t_note "the controller is killed while a VM is held"
guest_stop patient
chmod -x /usr/bin/swtpm
mv /usr/bin/swtpm /usr/bin/swtpm.real
printf '#!/bin/sh\nsleep 20\n' >/usr/bin/swtpm
chmod 755 /usr/bin/swtpm
guest_create patient pvh
wait_for 20 "it is held" has_mark held
daemon_kill
rm /usr/bin/swtpm
mv /usr/bin/swtpm.real /usr/bin/swtpm
chmod 755 /usr/bin/swtpm
t_ok "the controller starts again" daemon_start
t_ok "the guest comes up" guest_wait patient
t_is "and was measured" "$(vm_get patient .tpm.measured)" true
vm_wait patient trusted 120
t_fails "it is not held any more" has_mark held
