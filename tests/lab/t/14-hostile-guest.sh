#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest whose kernel lies on purpose (tests/attacks/hostile): the controller lives on, never trusts
# it, and serves the neighbour meanwhile.
. "${LAB_LIB:-/lab/lib}/lab.sh"

HOSTILE=${HOSTILE:-/usr/lib/lazaret-lab/hostile.ko}
# How long each attack may do its worst.
ATTACK_SECS=${ATTACK_SECS:-4}
guest_stop patient
guest_stop neighbour
t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

frames="silent after-hello hello-short hello-flood hello-again no-hello magic version length
	too-long seq half truncated record-short garbage largest name-len data-len pcr index lost state
	resume unknown flood bye"
rings="prod prod-back cons indices noise orders live storm keys hang-up"

# alive: is it the same process as at the start, and does it answer?
alive() {
	[ "$(daemon_pid)" = "$pid" ] && timeout 20 lazaretctl status >/dev/null
}

# attack NAME [PARAMETER…]: let the guest do it for a while.
attack() {
	guest_run patient "insmod /run/hostile.ko attack=$*" || return
	sleep "$ATTACK_SECS"
	alive || return
	[ "$(vm_get patient .state)" != trusted ] || return
	guest_run patient rmmod hostile
}

# bring_module: from dom0 into the guest, which need not have a network.
bring_module() {
	guest_run patient "base64 -d <<<'$(gzip -9 <"$HOSTILE" | base64 -w 0)' | gzip -d >/run/hostile.ko"
}

[ -f "$HOSTILE" ] || t_bail "no $HOSTILE: build tests/attacks/hostile for the guest's kernel"
t_ok "the controller starts" daemon_fresh || t_bail "no controller"
pid=$(daemon_pid)
t_ok "a neighbour starts" guest_start neighbour
t_ok "a guest starts without our module" guest_start patient pvh module_blacklist=lazaret
t_ok "it gets the hostile module" bring_module || t_bail "no hostile module"
for name in $frames $rings; do
	t_ok "attack $name" attack "$name"
done
t_ok "attack by a shared page full of lies" attack silent bad_page=1
vm_wait neighbour trusted 120
t_ok "the controller never restarted" alive
