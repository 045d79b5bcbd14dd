#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A TPM 2.0 for a PV and a PVH guest: its own software uses it, IMA's list is in it, quotes prove it.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

# run_new COUNT JOBS: so many programs that the guest has never run, JOBS at a time.
run_new() {
	guest_run patient -t 600 "mkdir -p /tmp/new && perl -e '
		local \$/; open F, \"/bin/true\"; my \$true = <F>;
		for my \$i (1 .. $1) {
			open O, \">/tmp/new/\$i\"; print O \$true, \$i; close O;
			chmod 0755, \"/tmp/new/\$i\" }' &&
		printf '%s\n' /tmp/new/* | xargs -P $2 -n 1 env && rm -r /tmp/new"
}

# lists_agree BANK: the TPM, evmctl on the guest's own list, and the controller say the same. Files
# of the kernel have the PCRs, so that only evmctl itself makes new records, and only once.
lists_agree() {
	local tpm ours
	guest_run patient -t 120 "for i in \$(seq 0 23); do
			printf 'PCR-%02d: %s\n' \$i \"\$(sed 's/../& /g; s/ \$//' /sys/class/tpm/tpm0/pcr-$1/\$i)\"
		done >/tmp/pcrs
		evmctl ima_measurement --verify-bank=$1 --pcrs $1,/tmp/pcrs \
			/sys/kernel/security/ima/binary_runtime_measurements" >&2 || return
	tpm=$(guest_run patient "cat /sys/class/tpm/tpm0/pcr-$1/10" | tr A-F a-f)
	lazaretctl prove patient
	sleep 1
	ours=$(vm_get patient ".pcr10.$1")
	echo "the TPM has $tpm, lazaretd $ours" >&2
	[ -n "$tpm" ] && [ "$tpm" = "$ours" ]
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 3' 'stale = 40'
for type in pvh pv; do
	t_note "a guest of type $type"
	t_ok "$type: it starts" guest_start patient "$type" || continue
	if [ "$type" = pvh ]; then
		vm_wait patient unknown 60
		t_like "it says that its start is not enrolled" "$(vm_get patient .reason)" enrol
		t_ok "its start is enrolled" lazaretctl enrol patient
	else
		wait_for 60 "pv: it says what is another than enrolled" vm_is patient danger
	fi
	lazaretctl enrol patient
	[ "$type" = pvh ] || lazaretctl release patient --reason "enrolled"
	vm_wait patient trusted 120
	t_is "$type: evidence is told" "$(vm_get patient .evidence)" tpm
	t_is "$type: its start was measured" "$(vm_get patient .tpm.measured)" true
	t_is "$type: the module extends" "$(status_of commit-state)" running
	late=$(status_of late) nv=0x15000$(printf '%02x' $((${#type})))
	for tool in 'tpm2_getrandom --hex 8' tpm2_pcrread 'tpm2_createprimary -c /tmp/p.ctx' \
		'tpm2_create -Q -C /tmp/p.ctx -u /tmp/k.pub -r /tmp/k.priv -c /tmp/k.ctx -G ecc' \
		"tpm2_nvdefine -s 32 $nv" \
		"echo secret >/tmp/s; tpm2_nvwrite -i /tmp/s $nv" \
		"tpm2_nvread -s 7 $nv | grep -q secret" \
		'tpm2_create -Q -C /tmp/p.ctx -i /tmp/s -u /tmp/se.pub -r /tmp/se.priv -c /tmp/se.ctx' \
		'tpm2_unseal -c /tmp/se.ctx | grep -q secret' \
		'tpm2_createek -Q -G ecc -c /tmp/ek.ctx -u /tmp/ek.pub' \
		'tpm2_createak -Q -C /tmp/ek.ctx -G ecc -g sha256 -s ecdsa -c /tmp/ak.ctx -u /tmp/ak.pub' \
		'tpm2_quote -Q -c /tmp/ak.ctx -l sha256:0,10 -q 01 -m /tmp/q -s /tmp/qs'; do
		t_ok "$type: ${tool%% *}" guest_run patient -t 120 "$tool"
	done
	t_fails "$type: it may not clear its TPM" guest_run patient tpm2_clear
	t_fails "$type: nor use the platform's hierarchy" \
		guest_run patient tpm2_createprimary -C p -c /tmp/x.ctx
	t_fails "$type: nor reset PCR 10" guest_run patient tpm2_pcrreset 10
	t_ok "$type: the event log of its start is there, and makes sense" guest_run patient \
		'tpm2_eventlog /sys/kernel/security/lazaret/binary_bios_measurements | grep -q kernel'
	t_ok "$type: 500 new programs, 8 at a time" run_new 500 8
	for bank in sha1 sha256; do
		wait_for 60 "$type: PCR 10 of $bank is what the list says" lists_agree "$bank"
	done
	t_is "$type: no extend failed" "$(status_of extend-errors)" 0
	t_is "$type: none was late but those before the TPM was there" "$(status_of late)" "$late"
	t_is "$type: the kernel did not complain" "$(guest_complaints patient)" ''
	guest_stop patient
done
