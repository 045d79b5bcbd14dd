#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel that takes no module but those whose signer it knows, and knows the operator's key
# (LAB_KERNEL=6.1-signed): the module that is signed with it is loaded, and the guest is trusted. One byte of
# it changed, without a signature, or with another key's: the kernel refuses it, and the guest is never trusted.
. "${LAB_LIB:-/lab/lib}/lab.sh"

if [ "$LAB_MODULE" != signed ]; then
	t_skip "a key that is enrolled" "this lab's guests have a kernel that knows none; LAB_KERNEL=6.1-signed"
	exit 0
fi
readonly SIGN=/usr/lib/linux-kbuild-6.1/scripts/sign-file KEYS=/var/lib/dkms
t_cleanup guest_stop patient
t_cleanup daemon_stop

# starts WHAT: a guest with that module. The one before it ends first: this controller must never see that.
starts() {
	guest_stop patient
	t_ok "$1: the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
	t_ok "$1: a guest starts" guest_start patient pvh module.sig_enforce=1 || t_bail "no guest"
	t_is "$1: its kernel enforces signatures" \
		"$(guest_run patient cat /sys/module/module/parameters/sig_enforce)" Y
}

# is_taken WHAT
is_taken() {
	t_ok "$1: the module is loaded" guest_run patient 'grep ^lazaret /proc/modules'
	t_is "$1: the kernel is not tainted" "$(guest_run patient cat /proc/sys/kernel/tainted)" 0
	wait_for 60 "$1: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$1: its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
	t_is "$1: by its TPM" "$(vm_get patient .evidence)" tpm
}

# is_refused WHAT WHY: WHY is what its kernel has to say, which is nothing where the signature is just wrong.
is_refused() {
	t_fails "$1: the module was not loaded" guest_run patient 'grep ^lazaret /proc/modules'
	t_like "$1: nor can it be" "$(guest_run patient modprobe lazaret 2>&1)" 'Key was rejected by service'
	t_is "$1: its kernel says why" \
		"$(guest_run patient dmesg | sed -n 's/.*Loading of \(.*\) is rejected/\1/p' | sort -u)" "$2"
	wait_for 60 "$1: the guest is unknown" vm_is patient unknown
	t_is "$1: and never was trusted" "$(vm_get patient '[.history[].to] | index("trusted")')" null
}

starts signed
is_taken signed
t_is "it is the operator's signature" "$(guest_run patient modinfo -F signer lazaret)" "The operator's key"

t_note "others of it, made where an operator makes his: in the guest, by the tool and with the keys of dkms"
at=$(guest_run patient modinfo -n lazaret)
t_ok "it is kept, and so is what was signed" guest_run patient "cd /root && cp $at signed.ko &&
	perl -0777 -pe 'my \$size = unpack q(N), substr(\$_, -32, 4); substr(\$_, -40 - \$size) = q()' \\
		signed.ko >unsigned.ko && [ \$(stat -c %s unsigned.ko) -lt \$(stat -c %s signed.ko) ]"
t_ok "signed anew with the operator's key, it is what is installed" guest_run patient "cd /root &&
	$SIGN sha256 $KEYS/mok.key $KEYS/mok.pub unsigned.ko again.ko && cmp again.ko signed.ko"
t_ok "one has a byte changed" guest_run patient "cd /root &&
	perl -0777 -pe 'substr(\$_, length(\$_) / 2, 1) ^= qq(\\x01)' signed.ko >changed.ko && ! cmp -s changed.ko signed.ko"
t_ok "one has another key's signature" guest_run patient "cd /root &&
	openssl req -new -x509 -nodes -subj '/CN=Somebody' -newkey rsa:2048 -keyout other.key -out other.pem &&
	$SIGN sha256 other.key other.pem unsigned.ko other.ko"

while read -r which why; do
	t_ok "$which: it is put in its place" guest_run patient "cp /root/$which.ko $at && sync"
	starts "$which"
	is_refused "$which" "$why"
done <<-END
	changed
	unsigned unsigned module
	other module with unavailable key
END

t_ok "again: the first one is back in its place" guest_run patient "cp /root/signed.ko $at && sync"
starts again
is_taken again
t_is "again: its kernel did not complain" "$(guest_complaints patient)" ''
