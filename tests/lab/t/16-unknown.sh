#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is not proven is unknown, with the reason, and never trusted.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

# never_trusted NAME: no state in its history was «trusted».
never_trusted() {
	[ "$(vm_get "$1" '[.history[].to] | index("trusted")')" = null ]
}

t_ok "the controller starts" daemon_fresh 'stale = 6' 'lost = 12' 'challenge = 2'
# The neighbour has a channel but no pack.
sed -i "/^\[vm $(guest_uuid neighbour)\]/,\$d" "$DAEMON_CONF"
t_ok "a configuration without the neighbour's pack is taken" lazaretctl reload
t_ok "two guests start, one of them without the module" eval \
	'guest_create patient "${GUEST_BARE[@]}"; guest_create neighbour;
	 guest_wait patient; guest_wait neighbour'

vm_wait patient unknown
t_like "without the module: the reason says so" "$(vm_get patient .reason)" 'no channel'
wait_for 60 "the neighbour's log is read" eval '[ "$(vm_get neighbour .records)" -gt 0 ]'
vm_wait neighbour unknown
t_like "without a pack: the reason says so" "$(vm_get neighbour .reason)" 'no golden pack'
t_ok "the guest without the module was never trusted" never_trusted patient
t_ok "the guest without a pack was never trusted" never_trusted neighbour

daemon_config 'stale = 6' 'lost = 12' 'challenge = 2'
t_ok "the pack is given" lazaretctl reload
vm_wait neighbour trusted
daemon_kill
# Seen at the very first answer, before a proof can be there.
t_ok "the controller starts again" daemon_start
t_is "a controller just started trusts nobody yet, or has a new proof" "$(
	vm_get neighbour '.state as $s | if $s == "trusted" then (.last_proof != null) else
		($s == "unknown" or $s == "attesting") end')" true
t_like "and says why" "$(vm_get neighbour '[.history[] | select(.to == "unknown" or
	.to == "attesting")][-1].reason')" 'just started|being read'
vm_wait neighbour trusted

t_note "a guest that falls silent: its verdict ages"
# By its history: on a busy machine, stale may be over before it is looked at.
went() {
	[ "$(vm_get neighbour "[.history[] | select(.from == \"$1\" and .to == \"$2\")] | length")" -gt "$3" ]
}
aged=$(vm_get neighbour '[.history[] | select(.from == "trusted" and .to == "stale")] | length')
xl pause neighbour
wait_for 60 "trusted becomes stale" went trusted stale "$aged"
wait_for 60 "stale becomes unknown" vm_is neighbour unknown
t_like "the reason is its age" "$(vm_get neighbour .reason)" 'no proof for more than 12 s'
xl unpause neighbour
vm_wait neighbour trusted
