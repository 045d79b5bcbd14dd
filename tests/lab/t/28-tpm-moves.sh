#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A TPM goes to another host with its VM, comes home, and ends. The other host is this one with
# another state folder: another key, another authority, another journal.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup rm -rf /run/host-a /run/host-b /run/moved /run/pass
t_cleanup guest_stop patient
t_cleanup daemon_stop

# host_is A|B: the daemon of that host runs.
host_is() {
	daemon_stop
	[ ! -e "$DAEMON_STATE" ] || mv "$DAEMON_STATE" "/run/host-$2"
	[ ! -e "/run/host-$1" ] || mv "/run/host-$1" "$DAEMON_STATE"
	daemon_start
}

uuid=$(guest_uuid patient)
rm -rf /run/host-a /run/host-b
echo 'a passphrase of the lab' >/run/pass
t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient unknown 60
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
t_ok "it keeps a secret in its TPM" guest_run patient -t 100 'tpm2_nvdefine -s 32 0x1500042 &&
	echo secret >/run/s && tpm2_nvwrite -i /run/s 0x1500042'
t_like "it is listed" "$(lazaretctl vtpm list)" "patient +serving +1 +$uuid"
t_fails "no export while it runs" lazaretctl vtpm export patient --key /run/pass --output /run/moved
t_fails "no removal while it runs" lazaretctl vtpm remove patient

t_note "to another host"
guest_shutdown patient
wait_until 30 eval '! pgrep -x swtpm'
t_ok "it is exported" lazaretctl vtpm export patient --key /run/pass --output /run/moved
t_is "root alone can read the file" "$(stat -c %a /run/moved)" 600
t_ok "its VM starts here all the same" guest_create patient pvh
wait_for 60 "but not its TPM, and the journal says why" eval \
	'lazaretctl --json show patient | grep -q "handed out for another host"'
guest_stop patient
t_ok "the other host" host_is b a
t_fails "another passphrase" eval 'echo "another passphrase" >/run/pass2
	lazaretctl vtpm import /run/moved --key /run/pass2'
t_fails "one bit changed" eval 'cp /run/moved /run/bad &&
	printf x | dd of=/run/bad bs=1 seek=5000 conv=notrunc status=none
	lazaretctl vtpm import /run/bad --key /run/pass'
t_ok "it is imported" lazaretctl vtpm import /run/moved --key /run/pass
t_fails "twice is refused" lazaretctl vtpm import /run/moved --key /run/pass
t_ok "the guest starts there" guest_start patient pvh
vm_wait patient trusted 120
t_is "with its TPM" "$(vm_get patient .evidence)" tpm
t_like "and its secret" "$(guest_run patient -t 100 'tpm2_nvread -s 7 0x1500042')" secret
nonce=$(head -c 32 /dev/zero | od -An -v -tx1 | tr -d ' \n')
t_ok "this host proves it" lazaretctl evidence patient --nonce "$nonce" --output /run/proof
t_ok "with its own authority" lazaretctl verify-evidence /run/proof --nonce "$nonce" \
	--ca "$DAEMON_STATE/ca/ca.crt"

t_note "its end"
guest_shutdown patient
wait_until 30 eval '! pgrep -x swtpm'
t_ok "it is removed" lazaretctl vtpm remove patient
t_fails "nothing of it is left" ls "$DAEMON_STATE/vtpm/$uuid"
t_is "it is listed no more" "$(lazaretctl --json vtpm list | jq '.tpms | length')" 0
guest_create patient pvh
vm_wait patient unknown 60
wait_for 60 "its next TPM is not enrolled" eval 'vm_get patient .reason | grep -q enrol'
guest_stop patient
