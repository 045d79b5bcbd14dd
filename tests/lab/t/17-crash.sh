#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The controller dies at the worst moments: nothing is forgotten, nothing lost, nothing counted twice.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

readonly ZEROS=0000000000000000000000000000000000000000

# replay_of NAME: PCR 10, bank sha1, after the guest's own list: by sha1sum, not by code of ours.
replay_of() {
	local pcr=$ZEROS hash bytes
	while read -r _ hash _; do
		[ "$hash" != "$ZEROS" ] || hash=${ZEROS//0/f}
		bytes=$pcr$hash
		# shellcheck disable=SC2059 # the format is the bytes
		pcr=$(printf "${bytes//??/\\x&}" | sha1sum)
		pcr=${pcr%% *}
	done < <(guest_run "$1" cat /sys/kernel/security/ima/ascii_runtime_measurements)
	echo "$pcr"
}

t_ok "the controller starts" daemon_fresh 'challenge = 1'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120

t_note "kill -9 of the parent, again and again, under 200 execs per minute"
guest_run patient 'printf "%s\n" "for i in \$(seq 1 120); do cp /usr/bin/true /usr/bin/true\$i; done" \
	"for i in \$(seq 1 120); do /usr/bin/true\$i; sleep 0.25; done" >/run/execs.sh;
	bash /run/execs.sh >/dev/null 2>&1 </dev/null & disown'
for _ in 1 2 3; do
	sleep 6
	daemon_kill
	sleep 2
	t_ok "it starts again" daemon_start
done
sleep 6
wait_for 60 "the child is there" daemon_child patient
kill -KILL "$(daemon_child patient)"
wait_for 60 "a killed child is replaced" daemon_child patient
wait_for 300 "the execs are through" guest_run patient '! pgrep -f "[e]xecs.sh"'
wait_for 60 "as many records as in the guest's own list" vm_records_equal patient
records=$(guest_records patient)
t_ok "the load made more than 100 records" test "$(vm_get patient \
	'[.found[], .records] | last')" -gt 100
t_note "$records records in the guest, $(vm_get patient .proven_records) in dom0"
t_is "the guest's module lost none" "$(vm_get patient .lost)" 0
t_is "PCR 10 is that of the guest's own list, as sha1sum replays it" \
	"$(vm_get patient .pcr10.sha1)" "$(replay_of patient)"
t_is "it is still trusted: known programs under other names" "$(vm_get patient .state)" trusted

# die_in_quarantine WHEN: power fails in dom0's processes, so long after the danger was seen.
die_in_quarantine() {
	t_ok "an operator's quarantine begins, $1 s before the end" \
		lazaretctl quarantine "$2" --reason "power test"
	sleep "$1"
	daemon_kill
	t_ok "it starts again" daemon_start
	t_is "danger was not forgotten" "$(vm_get "$2" .state)" danger
	wait_for 60 "it is contained" vm_contained "$2"
	t_ok "seen from outside, it is cut off" cut_off "$2"
	t_is "it runs on, isolated" "$(guest_run "$2" 'echo alive')" alive
	t_ok "an operator lets it out" lazaretctl release "$2" --reason "end of the test"
	wait_for 60 "its card is back" vif_name "$2"
	# A card that is taken away while the guest still connects it holds up the guest's xenbus.
	wait_for 90 "the guest uses its card again" guest_run "$2" 'ip -br addr | grep -q 10.77'
	wait_for 60 "its label is back" eval "[ \"\$(label_of $2)\" = \"$LABEL_GUEST\" ] || ! have_flask"
}
die_in_quarantine 0 patient
vm_wait patient trusted
die_in_quarantine 0.05 patient
die_in_quarantine 0.3 patient
