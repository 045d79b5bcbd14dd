#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a TPM makes impossible to hide: another start, another TPM, an old state, PCRs of one's own.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop
tpm_dir=$DAEMON_STATE/vtpm/$(guest_uuid patient)

reason() {
	vm_get patient .reason
}

# has_run: has the guest made a record yet?
has_run() {
	[ "$(vm_get patient .records)" != 0 ]
}

# free_again: an operator looks into it, and lets it go; it is stopped then.
free_again() {
	lazaretctl release patient --reason "a test" >/dev/null
	wait_until 30 eval '[ "$(vm_get patient .doing)" = null ]'
	guest_stop patient
}

# caught NAME REGEX [KEY=VALUE…]: starts with xl's options; in danger before the first record.
caught() {
	local name=$1 regex=$2
	shift 2
	GUEST_XL=("$@")
	t_ok "$name: xl starts it" guest_create patient pvh
	GUEST_XL=()
	vm_wait patient danger 60
	t_fails "$name: before a single record came" has_run
	t_like "$name: the component is named" "$(reason)" "$regex"
	wait_for 60 "$name: it is contained" cut_off patient
	free_again
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient unknown 60
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120

t_note "a guest extends PCR 10 by itself"
guest_run patient -t 100 'tpm2_pcrextend 10:sha256=0000000000000000000000000000000000000000000000000000000000000001'
vm_wait patient danger 90
t_like "own extend: no prefix of the log explains it" "$(reason)" 'no prefix'
free_again

t_note "the module is unloaded by force"
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
guest_run patient 'rmmod -f lazaret >/dev/null 2>&1 </dev/null & disown'
vm_wait patient danger 90
t_like "unloaded: PCR 10 tells, and says why" "$(reason)" 'no prefix'
t_ok "unloaded: it is still there" guest_run patient 'grep -q ^lazaret /proc/modules'
t_ok "unloaded: new programs run" guest_run patient \
	'for i in $(seq 5); do cp /bin/true /run/n; echo $RANDOM >>/run/n; /run/n; done'
t_is "unloaded: the kernel did not complain" "$(guest_complaints patient)" ''
free_again

t_note "started with something else than enrolled"
guest_cfg=/etc/xen/lab/patient.cfg
cp /lab/guest/initrd /run/initrd.new && printf 'more' >>/run/initrd.new
cp /lab/guest/vmlinuz /run/vmlinuz.new && printf 'more' >>/run/vmlinuz.new
extra=$(sed -n 's/^extra = "\(.*\)"/\1/p' "$guest_cfg")
caught "command line" 'command line' "extra=\"$extra init=/bin/sh\""
caught initramfs initramfs 'ramdisk="/run/initrd.new"'
caught kernel kernel 'kernel="/run/vmlinuz.new"'
caught configuration configuration "disk=[\"format=raw,vdev=xvda,access=ro,script=/lab/bin/lab-block,target=$(guest_disk patient)\"]"

t_note "an update, as it is meant to be done"
head -c 512 /dev/zero >/run/pad && cat /lab/guest/initrd /run/pad >/run/initrd.new
t_ok "the new initramfs is enrolled beforehand" lazaretctl enrol patient --initrd /run/initrd.new
GUEST_XL=('ramdisk="/run/initrd.new"')
t_ok "it starts with it" guest_start patient pvh
export GUEST_XL=()
vm_wait patient trusted 120
guest_stop patient

t_note "its TPM's state is an old one"
cp -a "$tpm_dir/state" /run/state.old
t_ok "a guest starts" guest_start patient pvh
vm_wait patient trusted 120
guest_stop patient
wait_until 30 eval '! pgrep -x swtpm'
rm -rf "$tpm_dir/state" && cp -a /run/state.old "$tpm_dir/state"
guest_create patient pvh
vm_wait patient danger 60
t_like "old state: it says so" "$(reason)" 'rolled back'
free_again

t_note "its TPM is another one"
wait_until 30 eval '! pgrep -x swtpm'
rm -rf "$tpm_dir"
guest_create patient pvh
vm_wait patient danger 60
t_like "another TPM: it says so" "$(reason)" 'another one'
free_again
