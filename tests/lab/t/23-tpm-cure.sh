#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The chain with a TPM: infected, contained, cured, and believed again only when its TPM says so;
# and evidence of that for others.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop
nonce=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
proof=/run/patient.evidence

resets() {
	vm_get patient .tpm.resets
}

# verified [OPTION…]: the evidence, by a program that asks no daemon.
verified() {
	lazaretctl verify-evidence "$@" "$proof" >&2
}

# flipped OFFSET: the same with a bit of one byte changed.
flipped() {
	local byte
	cp "$proof" /run/flipped
	byte=$(od -An -tu1 -j "$1" -N 1 "$proof")
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" |
		dd of=/run/flipped bs=1 seek="$1" conv=notrunc status=none
	lazaretctl verify-evidence /run/flipped >&2
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'settle = 3' 'probation = 3'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient unknown 60
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
t_is "its TPM is what that rests upon" "$(vm_get patient .evidence)" tpm
before=$(resets)

t_ok "evidence is made" lazaretctl evidence patient --nonce "$nonce" --output "$proof"
t_ok "it is verified" verified --nonce "$nonce" --ca "$DAEMON_STATE/ca/ca.crt"
t_fails "with another nonce it is not" verified --nonce "${nonce//0/1}"
size=$(stat -c %s "$proof")
for at in 0 300 1100 $((size / 3)) $((size / 2)) $((size - 20000)) $((size - 1)); do
	t_fails "nor with a bit of byte $at changed" flipped "$at"
done
# none_passes COUNT: so many bytes, all over it, each changed.
none_passes() {
	local i
	for ((i = 0; i < $1; i++)); do
		! flipped $(((2 * i + 1) * size / (2 * $1))) 2>/dev/null || { echo "byte $i of $1" && return 1; }
	done
}
t_ok "nor with a bit of any of 40 others changed" none_passes 40
t_fails "a short nonce is refused" lazaretctl evidence patient --nonce 00 --output /run/x

t_ok "an unknown program is left in it" guest_unknown_program patient /usr/local/bin/worm
guest_run patient '/usr/local/bin/worm -c 1 127.0.0.1 >/dev/null 2>&1'
vm_wait patient danger
wait_for 30 "it is contained" cut_off patient
t_ok "the cure begins" lazaretctl cure patient
vm_wait patient trusted 300
t_is "its TPM is what that rests upon, again" "$(vm_get patient .evidence)" tpm
t_is "what booted it was measured" "$(vm_get patient .tpm.measured)" true
t_ok "its TPM was started anew" test "$(resets)" -gt "$before"
t_is "its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"

t_note "a TPM for a VM that runs"
guest_stop patient
daemon_fresh 'challenge = 2'
t_ok "a guest starts without" guest_start patient pvh
vm_wait patient trusted 120
t_is "it is believed by its stream alone" "$(vm_get patient .evidence)" stream
daemon_config 'challenge = 2' 'vtpm = yes'
t_ok "the configuration changes" lazaretctl reload
wait_for 120 "now its TPM says so" eval '[ "$(vm_get patient .evidence)" = tpm ] && vm_is patient trusted'
t_like "and it is told that it came late" "$(vm_get patient .reason)" 'was not measured'
