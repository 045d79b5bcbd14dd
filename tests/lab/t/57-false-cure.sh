#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nobody's word cures a guest: not that of a remedy domain which was taken over, and not that of one which
# found nothing because the illness was in memory alone. Without a boot that is proven there is no cure.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly SIGNATURES=/run/lab-false/signatures GHOST=/usr/local/bin/ghost KERNEL=/lab/guest/vmlinuz

# lies LIE: what the next remedy domains report.
lies() {
	rm -f "$SIGNATURES"/lie-*
	: >"$SIGNATURES/lie-$1"
}

# with_image NAME: remedy domains are made of that.
with_image() {
	sed -i "s,^remedy-image = .*,remedy-image = /lab/$1," "$DAEMON_CONF"
	daemon_stop
	daemon_start
}

# cures WHAT: one cure, and waits until it has failed; WHY is what it failed of.
cures() {
	local n pid
	n=$(cure_failed patient)
	wait_until 120 idle
	pid=$(daemon_pid)
	t_ok "$1: a cure begins" lazaretctl cure patient
	wait_for 600 "$1: it fails" cure_failed_often patient "$((n + 1))"
	WHY=$(lazaretctl --json events patient |
		jq -rs '[.[] | select(.event == "state" and .to == "danger") | .reason | select(test("the cure failed"))][-1]')
	wait_until 120 idle
	t_is "$1: it is in danger" "$(vm_get patient .state)" danger
	t_is "$1: the controller lives" "$(daemon_pid)" "$pid"
	wait_for 60 "$1: the remedy domain is gone" remedy_gone
}

idle() {
	[ "$(vm_get patient .doing)" = null ]
}

# was_never STATE: since it fell ill.
was_never() {
	lazaretctl --json events patient | jq -es --arg to "$1" \
		'[.[] | select(.event == "state") | .to] | .[index("danger"):] | index($to) == null'
}

no_process() {
	! guest_run patient pgrep -x "$1"
}

t_cleanup disk_as_golden patient
t_cleanup daemon_stop
[ -e /lab/liar/initrd ] || t_bail "no remedy image with a worker that lies"
modprobe loop
disk_script
mkdir -p "$SIGNATURES"
t_ok "the controller starts" daemon_fresh 'settle = 2' 'probation = 20' 'boot-limit = 600' 'challenge = 2' 'stale = 20' \
	"remedy-signatures = $SIGNATURES" 'remedy-memory = 512' 'remedy-limit = 900' 'cure = repair'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_ok "it is made small" guest_shrink patient

t_note "an illness in memory alone"
signature_of_text "$SIGNATURES" Lab.Other 'not this one'
boot=$(guest_run patient 'cat /proc/sys/kernel/random/boot_id') domid=$(guest_domid patient)
guest_unknown_program patient "$GHOST"
guest_run patient "$GHOST -i 60 127.0.0.1 >/dev/null 2>&1 & disown; sleep 1; rm $GHOST; sync"
t_ok "it runs, and no disk has it" guest_run patient "pgrep -x ghost && [ ! -e $GHOST ]"
vm_wait patient danger 90
wait_for 120 "it is contained" vm_contained patient
t_ok "a cure begins" lazaretctl cure patient
vm_wait patient trusted 900
t_is "there was nothing to change" "$(lazaretctl --json events patient | jq -c 'select(.event == "repair-plan") | .plan')" '[]'
t_fails "it is another domain" test "$(guest_domid patient)" = "$domid"
t_ok "it is up" guest_wait patient
t_fails "it has booted since" test "$(guest_run patient 'cat /proc/sys/kernel/random/boot_id')" = "$boot"
t_like "its log was read from 0 on" "$(vm_get patient '[.steps[] | select(.step == "prove")][-1].detail')" 'records from 0 on, all golden'
t_is "nothing in that log is of the illness" "$(vm_get patient '[.found[] | select(.danger)] | length')" 0
t_ok "what was in memory is gone" no_process ghost

t_note "a remedy domain that was taken over says that all is well"
guest_unknown_program patient /usr/local/bin/beacon
# Early in the boot: a proof is of what has run so far, and what starts later than probation ends is found
# when it does.
t_ok "it is infected" guest_run patient "printf '[Unit]\nDefaultDependencies=no\nAfter=systemd-modules-load.service\n[Service]
ExecStart=/usr/local/bin/beacon localhost\n[Install]\nWantedBy=sysinit.target\n' >/etc/systemd/system/beacon.service
	systemctl enable beacon; sync"
daemon_stop
rm -rf "$DAEMON_STATE"
lies clean
with_image liar
vm_wait patient trusted 120
guest_run patient '/usr/local/bin/beacon -V'
vm_wait patient danger 90
wait_for 120 "it is contained" vm_contained patient
plan=$(vm_get patient .plan)
cures "found nothing"
t_like "found nothing: the boot says otherwise" "$WHY" '/usr/local/bin/beacon: unknown-file'
wait_for 120 "found nothing: it is contained" vm_contained patient
t_ok "found nothing: seen from outside, it is cut off" cut_off patient
lies mended
cures "repaired nothing"
t_like "repaired nothing: the boot says otherwise" "$WHY" '/usr/local/bin/beacon: unknown-file'
wait_for 120 "repaired nothing: it is contained" vm_contained patient
t_ok "repaired nothing: seen from outside, it is cut off" cut_off patient
t_is "its plan is as it was" "$(vm_get patient .plan)" "$plan"

t_note "what a remedy domain reports makes no sense"
while read -r lie why <&3; do
	lies "$lie"
	cures "$lie"
	t_like "$lie: the reason" "$WHY" "$why"
	t_fails "$lie: nothing of it is in the events" grep -q 'owned' /var/log/lazaret.ndjson
done 3<<-END
	noise ended without a result
	uncounted reports more than it counted
	missing more than can be repaired
	relative makes no sense
	endless makes no sense
	beyond ended without a result
	terminal ended without a result
END

t_note "a boot that can't be"
lies clean
mv "$KERNEL" "$KERNEL.away"
t_cleanup mv "$KERNEL.away" "$KERNEL"
cures "no boot"
t_like "no boot: the reason" "$WHY" 'create'
mv "$KERNEL.away" "$KERNEL"
t_ok "it does not run" guest_gone patient
for state in probation trusted held; do t_ok "it was never $state" was_never "$state"; done
t_is "its plan is as it was" "$(vm_get patient .plan)" "$plan"
t_ok "the journal's chain is whole" lazaretctl journal verify

t_note "an honest one, last"
rm -f "$SIGNATURES"/lie-*
with_image remedy
t_ok "a cure begins" lazaretctl cure patient
vm_wait patient trusted 900
t_is "what it found" "$(repair_changed patient removed)" "/etc/systemd/system/beacon.service /usr/local/bin/beacon"
t_is "its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
