#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What root in a guest can do against its witness with no code of its own in the kernel: each attempt is
# refused, has no effect, or is noticed in dom0. (With a kernel that lies: 14-hostile-guest.sh; a golden policy
# that was exchanged for the next boot: 33-ima-policy.sh.)
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

# times STATE: how often it has been in that state.
times() {
	vm_get patient "[.history[] | select(.to == \"$1\")] | length"
}

# still_measured AFTER PROGRAM: it runs for the first time, rings the bell, is in the TPM and in dom0.
still_measured() {
	local rings
	rings=$(status_of rings)
	t_ok "$1: $2 runs for the first time" guest_run patient "/usr/bin/$2 --version"
	t_ok "$1: the doorbell rang" test "$(status_of rings)" -gt "$rings"
	wait_for 60 "$1: dom0 has the record, and it is golden" vm_records_equal patient
	wait_for 60 "$1: the guest is trusted" vm_is patient trusted
	t_is "$1: it never was anything else" "$(times unknown) $(times danger)" "$unknown 0"
}

# survives WHAT: the kernel's thread of that name.
survives() {
	guest_run patient "pkill -9 -x '$1'; kill -STOP \$(pgrep -x '$1'); sleep 1; pgrep -x '$1'"
}

# offers: a channel that nobody is connected to.
offers() {
	guest_run patient 'grep -qx "connected: 0" /sys/kernel/security/lazaret/status' &&
		! xenstore-read "$(guest_xs patient)/data/lazaret/ring-ref" | grep -qx 4711
}

# times_spoilt: how often a guest's module said that PCR 10 was told.
times_spoilt() {
	grep -c 'PCR 10 has a value now that no list explains' "$(guest_console patient)"
}

spoilt_again() {
	[ "$(times_spoilt)" -gt "$spoilt" ]
}

# load_kernel: the guest's own image, without an initramfs: it does not matter how far that gets.
load_kernel() {
	guest_run patient -t 120 "perl -e '
		open K, \"<\", glob \"/boot/vmlinuz-*\" or die; my \$line = \"console=hvc0 panic=1\\0\";
		syscall(320, fileno K, -1, length \$line, \$line, 4) == 0 or die \"not loaded: \$!\"'"
}

# load_from_memory: /run/dummy.ko, by init_module(2).
load_from_memory() {
	guest_run patient "perl -e '
		open M, \"<:raw\", \"/run/dummy.ko\" or die; my (\$none, \$m) = (\"\\0\", join \"\", <M>);
		syscall(175, \$m, length \$m, \$none) == 0 or die \"not loaded: \$!\"'"
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
unknown=$(times unknown)

t_note "the kernel's switches"
if guest_run patient '[ -e /proc/sys/kernel/ftrace_enabled ]'; then
	t_fails "ftrace cannot be switched off" guest_run patient 'echo 0 >/proc/sys/kernel/ftrace_enabled'
else
	t_skip "ftrace cannot be switched off" "this kernel has no such switch"
fi
guest_run patient 'mount -t debugfs none /sys/kernel/debug'
if guest_run patient '[ -e /sys/kernel/debug/kprobes/enabled ]'; then
	t_ok "kprobes are disarmed" guest_run patient 'cd /sys/kernel/debug/kprobes &&
		echo 0 >enabled && read -r on <enabled && [ "$on" = 0 ]'
else
	t_skip "kprobes are disarmed" "this kernel has no such switch"
fi
still_measured "kprobes disarmed" b2sum
if [[ $LAB_MODULE = yes || $LAB_MODULE = signed ]]; then
	t_fails "the module cannot be unloaded" guest_run patient rmmod lazaret
	t_fails "nor loaded a second time" guest_run patient 'rmmod lazaret; modprobe --first-time lazaret'
fi

t_note "its threads"
for thread in lazaret lazaret-commit; do
	guest_run patient "pgrep -x $thread" >/dev/null || continue # IMA itself commits
	t_ok "$thread: it is neither killed nor stopped" survives "$thread"
done
still_measured "threads" base32

t_note "another measurement policy"
t_fails "none can be written" guest_run patient \
	'echo "dont_measure func=BPRM_CHECK" >/sys/kernel/security/ima/policy'
t_fails "nor its file named" guest_run patient 'cp /etc/ima/ima-policy /run/p; echo /run/p >/sys/kernel/security/ima/policy'
still_measured "policy" basenc

t_note "its list is shown another way"
guest_run patient 'mount -t tmpfs none /sys/kernel/security && mkdir -p /sys/kernel/security/integrity/ima'
guest_run patient /usr/bin/cksum --version >/dev/null
guest_run patient umount /sys/kernel/security
still_measured "covered" comm

t_note "what it has said in xenstore"
keys='cd /run; for key in ring-ref event-channel; do'
guest_run patient "$keys xenstore-write data/lazaret/\$key 4711; done"
still_measured "keys rewritten, of a channel that is open" csplit
daemon_stop
wait_for 60 "its module offers its channel anew" offers
# Where IMA extends by itself, what runs for the first time waits for a TPM that is away.
guest_run patient -t 200 "$keys xenstore-read data/lazaret/\$key >\$key; xenstore-write data/lazaret/\$key 4711; done"
t_ok "the controller starts, and finds keys that lead nowhere" daemon_start
wait_for 90 "the guest is unknown" vm_is patient unknown
t_note "$(vm_get patient .reason)"
guest_run patient "$keys xenstore-write data/lazaret/\$key \$(cat \$key); done"
vm_wait patient trusted 90
unknown=$(times unknown)
still_measured "keys as they were" fmt

t_note "another kernel"
readonly KEXEC=/proc/sys/kernel/kexec_load_disabled
if guest_run patient test -e "$KEXEC"; then
	t_fails "kexec: none can be loaded" guest_run patient "perl -e 'exit(syscall(246, 0, 0, 0, 0) != 0)'"
	t_fails "kexec: nor from a file" load_kernel
	t_fails "kexec: and that stays so" guest_run patient "echo 0 >$KEXEC"
	t_is "kexec: it is switched off" "$(guest_run patient cat "$KEXEC")" 1
	still_measured "another kernel refused" join
else
	t_skip "kexec: none can be loaded" "this kernel has no kexec"
fi

t_note "a kernel module that IMA does not measure: from memory, and by nobody the kernel knows"
driver=$(guest_run patient 'find "/lib/modules/$(uname -r)" -name dummy.ko -o -name dummy.ko.xz')
if [ -n "$driver" ]; then
	guest_run patient "case $driver in *.xz) xz -dc $driver ;; *) cat $driver ;; esac >/run/dummy.ko
		[[ \$(tail -c 28 /run/dummy.ko) != '~Module signature appended~' ]] || truncate -s -28 /run/dummy.ko"
	t_fails "from memory: it is refused" load_from_memory
	t_fails "from memory: nor is it there" guest_run patient 'grep -q ^dummy /proc/modules'
	t_like "from memory: and that is said" "$(guest_run patient 'dmesg | tail -n 5')" 'module dummy is refused'
	t_ok "from a file: it is taken" guest_run patient "modprobe dummy && rmmod dummy"
	wait_for 60 "from a file: the guest is trusted" vm_is patient trusted
else
	t_skip "from memory: it is refused" "this kernel has no other modules here"
fi

if [[ $LAB_MODULE = yes || $LAB_MODULE = signed ]]; then
	t_note "the module is unloaded by force"
	t_is "until now its kernel did not complain" "$(guest_complaints patient)" ''
	# Linux trusts its own lockdep no more after such an attempt.
	# shellcheck disable=SC2034 # read by complaint.sh
	COMPLAINTS_WANTED='BUG: lockdep is off'
	guest_run patient 'rmmod -f lazaret >/dev/null 2>&1 </dev/null & disown'
	wait_for 90 "by force: its TPM says so, for good" vm_is patient danger
	t_note "$(vm_get patient .reason)"
fi

t_note "another kernel, loaded before the module is there, or because it may be"
t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest with kexec starts" guest_start patient pvh lazaret.kexec=1 || t_bail "no guest"
wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
if load_kernel; then
	t_is "kexec: the next kernel is loaded" "$(guest_run patient cat /sys/kernel/kexec_loaded)" 1
	wait_for 60 "kexec: its image is on record" guest_run patient \
		'grep -q /boot/vmlinuz- /sys/kernel/security/ima/ascii_runtime_measurements'
	trusted=$(times trusted) spoilt=$(times_spoilt)
	t_is "kexec: until now its kernel did not complain" "$(guest_complaints patient)" ''
	guest_run patient -t 5 "perl -e 'syscall(169, 0xfee1dead, 672274793, 0x45584543, 0)'"
	# Under Xen, Linux ends the domain on its way into the next kernel, if that is PVH.
	wait_for 120 "kexec: it is not trusted any more" eval '! vm_is patient trusted'
	wait_for 30 "kexec: its TPM was told before" spoilt_again
	sleep 20
	t_is "kexec: and it does not become it" "$(times trusted)" "$trusted"
	t_note "it is $(vm_get patient '.state + ": " + .reason')"
else
	t_skip "kexec: its TPM was told before" "this kernel loads none from a file"
fi
