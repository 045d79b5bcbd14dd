#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A TPM 2.0 for a PV and a PVH guest: its own software uses it, IMA's list is in it, quotes prove it.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

# status_of KEY: what the module says about itself.
status_of() {
	guest_run patient "sed -n 's/^$1: //p' /sys/kernel/security/lazaret/status"
}

# run_new COUNT JOBS: so many programs that the guest has never run, JOBS at a time.
run_new() {
	guest_run patient -t 600 "mkdir -p /tmp/new; for i in \$(seq $1); do
		cp /bin/true /tmp/new/\$i; echo \$RANDOM\$RANDOM\$i >>/tmp/new/\$i; done
		ls -d /tmp/new/* | xargs -P $2 -n 1 sh -c '\"\$0\"'; rm -r /tmp/new"
}

# evmctl_agrees BANK: does PCR 10 of the guest's TPM follow from the guest's list, by evmctl?
evmctl_agrees() {
	guest_run patient -t 120 "tpm2_pcrread $1:10 | sed -n 's/.*0x//p' | tr A-F a-f >/tmp/pcr10
		head -n 1 /tmp/pcr10
		evmctl ima_measurement -v --verify-bank=$1 \
			/sys/kernel/security/ima/binary_runtime_measurements 2>&1 |
			grep -i \"^$1.*calculated\\|PerPCR.*10\\|10:\" | grep -q -i -f /tmp/pcr10" >&2
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 3' 'stale = 40'
for type in pvh pv; do
	t_note "a guest of type $type"
	t_ok "$type: it starts" guest_start patient "$type" || {
		lazaretctl show patient
		continue
	}
	lazaretctl show patient
	guest_run patient 'cat /sys/kernel/security/lazaret/status; ls -la /dev/tpm*; dmesg | grep -i -E "tpm|lazaret"'
	vm_wait patient unknown 60
	t_like "$type: it says that its start is not enrolled" "$(vm_get patient .reason)" enrol
	t_ok "$type: its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
	t_is "$type: evidence is told" "$(vm_get patient .evidence)" tpm
	t_is "$type: its start was measured" "$(vm_get patient .tpm.measured)" true
	t_is "$type: the module extends" "$(status_of commit-state)" running
	for tool in 'tpm2_getrandom --hex 8' 'tpm2_pcrread' 'tpm2_createprimary -c /tmp/p.ctx' \
		'tpm2_createprimary -C o -G ecc -c /tmp/e.ctx'; do
		t_ok "$type: $tool" guest_run patient -t 120 "$tool"
	done
done
