#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel that deletes the head of IMA's list when root asks for it (Linux 7.3; LAB_KERNEL=7). While Lazaret
# has the list open, it does not. A guest whose list was trimmed before the module came, or whose root
# keeps the module from the list, is not trusted.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly LIST=/sys/kernel/security/ima/binary_runtime_measurements
readonly LATE=modprobe.blacklist=lazaret
t_cleanup guest_stop patient
t_cleanup daemon_stop

# trims COUNT: what the shell says to it.
trims() {
	guest_run patient "echo $1 >$LIST" 2>&1
}

module_loads() {
	guest_run patient 'modprobe lazaret' 2>&1
}

t_ok "the controller starts" daemon_fresh 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
if ! guest_run patient "[ \$((0\$(stat -L -c %a $LIST) & 0200)) != 0 ]"; then
	t_skip "a list that is trimmed" "this lab's guests have a kernel that never does; LAB_KERNEL=7"
	exit 0
fi

t_note "with the module"
vm_wait patient trusted 120
before=$(guest_records patient)
t_like "the list is not trimmed" "$(trims 5)" 'Device or resource busy'
t_ok "it is as long as it was" test "$(guest_records patient)" -ge "$before"
t_ok "a program runs for the first time" guest_run patient /usr/bin/b2sum --version
wait_for 60 "dom0 has all of its records" vm_records_equal patient
t_is "nothing was lost" "$(vm_get patient .lost) $(vm_get patient .state)" '0 trusted'

t_note "the list is kept from the module"
t_ok "it starts without the module" guest_start patient pvh "$LATE" || t_bail "no guest"
t_ok "somebody has the list open, to write" guest_run patient "(exec 9<>$LIST; exec sleep 1000) >/dev/null 2>&1 </dev/null &
	for i in \$(seq 100); do head -c 1 $LIST >/dev/null 2>&1 || exit 0; sleep .1; done; exit 1"
t_like "the module is not loaded" "$(module_loads)" 'Device or resource busy'
wait_for 60 "the guest is unknown" vm_is patient unknown
t_ok "that somebody ends" guest_run patient 'pkill -x sleep'
t_is "the module is loaded" "$(module_loads)" ''
wait_for 120 "the guest is trusted" vm_is patient trusted

t_note "trimmed before the module comes"
t_ok "it starts without the module" guest_start patient pvh "$LATE" || t_bail "no guest"
t_fails "which is not loaded" guest_run patient 'grep ^lazaret /proc/modules'
before=$(guest_records patient)
t_is "the list is trimmed" "$(trims 5)" ''
t_ok "it is shorter" test "$(guest_records patient)" -lt "$before"
t_is "the module is loaded" "$(module_loads)" ''
t_like "and says what it found" "$(guest_run patient dmesg)" 'does not begin with boot_aggregate'
wait_for 60 "dom0 hears of it" vm_is patient danger
t_like "and why" "$(vm_get patient .reason)" 'log-start'
