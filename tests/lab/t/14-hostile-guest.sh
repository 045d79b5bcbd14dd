#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest whose kernel lies to dom0 (tests/attacks/hostile): each lie ends in a reason, never in
# trust, and nobody else notices.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly MODULE=/usr/lib/lazaret-lab/hostile.ko
t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

# last_event: number of the last one in the journal.
last_event() {
	lazaretctl --json events | jq -s '.[-1].seq // 0'
}

# ended_for SEQ REGEX: has a channel of the patient ended since then, for such a reason? What an
# attack before this one led to may still come in between.
ended_for() {
	lazaretctl --json events | jq -es --arg vm "$(guest_uuid patient)" --argjson seq "$1" --arg re "$2" \
		'any(.[]; .vm == $vm and .event == "channel" and .seq > $seq and (.reason | test($re)))' >&2
}

healthy() {
	[ "$(daemon_pid)" = "$pid" ] && vm_is neighbour trusted
}

never_trusted() {
	[ "$(vm_get patient '[.history[].to] | index("trusted")')" = null ]
}

# lie NAME: let the guest tell it.
lie() {
	guest_run patient "rmmod hostile 2>/dev/null; insmod /run/hostile.ko attack=$1"
}

# refused NAME REGEX: the channel ends, for such a reason.
refused() {
	local seq
	seq=$(last_event)
	t_ok "$1: the guest begins" lie "$1" || return
	wait_for 60 "$1: the channel is closed, and the reason is told: $2" ended_for "$seq" "$2"
	t_ok "$1: nobody else is harmed" healthy
	wait_for 30 "$1: it is unknown" vm_is patient unknown
}

if [ ! -f "$MODULE" ]; then
	t_skip "a hostile guest" "its module could not be built for the guest's kernel"
	exit 0
fi
t_ok "the controller starts" daemon_fresh 'challenge = 2' 'stale = 10' 'lost = 20'
pid=$(daemon_pid)
guest_create patient module_blacklist=lazaret
t_ok "the neighbour starts" guest_start neighbour pvh || t_bail "no neighbour"
t_ok "the hostile guest starts" guest_wait patient || t_bail "no patient"
vm_wait neighbour trusted 120
t_ok "it gets the module" guest_run patient \
	"echo '$(base64 -w 0 "$MODULE")' | base64 -d >/run/hostile.ko"

refused magic 'magic'
refused version 'version'
refused length 'longer than any'
refused hello-again 'second greeting'
refused no-hello 'not a greeting'
refused seq 'out of order'
refused index 'out of order'
refused prod 'ring indices'
refused cons 'ring indices'
refused bye 'goodbye'

# harmless NAME: it does what it likes for a while; nobody else notices, and it is not trusted.
harmless() {
	t_ok "$1: the guest begins" lie "$1"
	guest_run patient 'sleep 2'
	t_ok "$1: nobody else is harmed" healthy
	t_ok "$1: it is not trusted" eval '! vm_is patient trusted'
}

for name in silent after-hello half truncated state hello-short hello-flood lost unknown resume \
	prod-back indices noise orders live keys storm hang-up; do
	harmless "$name"
done
t_ok "none of this was ever called trusted" never_trusted

t_note "records that are lies: tampering, not silence"
t_ok "flood: the guest begins" lie flood
wait_for 60 "flood: it is in danger" vm_is patient danger
wait_for 60 "flood: it is contained" vm_contained patient
t_ok "flood: the findings are bounded" test "$(vm_get patient '.found | length')" -le 256
t_ok "flood: nobody else is harmed" healthy
for name in record-short garbage largest name-len data-len pcr too-long; do
	harmless "$name"
done
t_ok "it is still in danger, and contained" eval 'vm_is patient danger && cut_off patient'
