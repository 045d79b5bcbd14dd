#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration, as it runs in dom0. Each step is verified; the first that fails ends it.
. "${LAB_LIB:-/lab/lib}/lab.sh"
trap - EXIT

bold=${DEMO_BOLD:-} plain=${DEMO_PLAIN:-}
readonly WORM=/usr/local/bin/worm
begin=$SECONDS

say() {
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

show() {
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@"
}

# step DESC CMD…: verified, or the end. Shows what the controller knows if it fails.
step() {
	local desc=$1 out
	shift
	if out=$("$@" 2>&1); then
		printf '  [%4d s] ok: %s\n' $((SECONDS - begin)) "$desc"
		return
	fi
	printf '  [%4d s] FAILED: %s\n%s\n' $((SECONDS - begin)) "$desc" "$out"
	lazaretctl status
	lazaretctl show patient
	journalctl -u lazaretd -n 30 --no-pager
	tail -n 15 /var/log/xen/console/guest-*.log
	exit 1
}

until_is() {
	wait_until "${3:-120}" vm_is "$1" "$2"
}

# ms FROM TO: thousandths of a second between two times in nanoseconds.
ms() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%+9.1f ms", (b - a) / 1e6 }'
}

# step_ns NAME: when the quarantine's step was done, in nanoseconds since 1970.
step_ns() {
	local when
	when=$(vm_get patient "[.steps[] | select(.transaction == \"contain\" and .step == \"$1\")][0].time")
	date -d "$when" +%s%N
}

time_line() {
	local finding exec_ns record verdict last
	finding=$(vm_get patient '[.found[] | select(.danger)][0] | "\(.guest_ns) \(.received_ns) \(.verdict_ns)"')
	read -r exec_ns record verdict <<<"$finding"
	last=$(packets_last patient | awk '{ printf "%.0f", $1 * 1e9 }')
	printf '  %s  the guest starts the program (its own clock)\n' "$(ms "$exec_ns" "$exec_ns")"
	printf '  %s  its record is in dom0\n' "$(ms "$exec_ns" "$record")"
	printf '  %s  verdict: not golden\n' "$(ms "$exec_ns" "$verdict")"
	printf '  %s  paused\n' "$(ms "$exec_ns" "$(step_ns pause)")"
	printf '  %s  relabelled to danger\n' "$(ms "$exec_ns" "$(step_ns relabel)")"
	printf '  %s  network card gone\n' "$(ms "$exec_ns" "$(step_ns vif)")"
	printf '  %s  verified from outside\n' "$(ms "$exec_ns" "$(step_ns verify)")"
	printf '  %s  the last packet that got through to the bridge\n' "$(ms "$exec_ns" "$last")"
}

silent() {
	local before
	before=$(packets_seen patient)
	guest_run patient 'sleep 3'
	[ "$(packets_seen patient)" = "$before" ]
}

measured() {
	wait_until 60 eval '[ "$(vm_get patient .tpm.measured) $(vm_get neighbour .tpm.measured)" = "true true" ]'
}

enrol_both() {
	lazaretctl enrol patient && lazaretctl enrol neighbour
}

evidence() {
	local nonce
	nonce=$(od -An -tx1 -N 32 /dev/urandom | tr -d ' \n')
	lazaretctl evidence patient --nonce "$nonce" --output /run/patient.evidence &&
		lazaretctl verify-evidence --nonce "$nonce" /run/patient.evidence
}

# Each try may end at once for want of a network: what starts the next one is looked for. The brackets
# keep pgrep from finding the shell that it runs in.
still_trying() {
	guest_run patient "pgrep -f '[w]orm -i'"
}

say "Two Debian guests start: patient (PVH) and neighbour (PV)"
step "the controller runs" daemon_fresh 'vtpm = yes' 'settle = 3' 'probation = 5'
step "both guests have booted" guest_start_all patient neighbour
step "the patient reaches the neighbour" wait_until 60 guest_reaches patient neighbour
step "the neighbour reaches the patient" wait_until 60 guest_reaches neighbour patient
step "what booted them was measured into TPMs of their own, before their first instruction" measured
show lazaretctl status
step "an operator says that what booted them is good" enrol_both
step "the patient is trusted" until_is patient trusted
step "the neighbour is trusted" until_is neighbour trusted
show lazaretctl status

say "The patient falls ill: a program that no golden value knows pings its neighbour without end"
step "packets of the patient are being watched on the bridge" packets_watch patient
step "the program is there" guest_unknown_program patient "$WORM"
domid=$(guest_domid patient) label=$(label_of patient)
# Again and again: it may be cut off before its first packet, and gives up then.
guest_run patient "while :; do $WORM -i 0.2 10.77.0.12; sleep 0.2; done >/dev/null 2>&1 </dev/null & disown"
step "the controller sees it" until_is patient danger
step "it is contained, says the controller" wait_until 60 vm_contained patient
step "it is contained, seen from outside: label $LABEL_DANGER, no network card" cut_off patient
time_line
step "the program still tries" wait_until 30 still_trying
step "but not one packet gets through any more" silent
step "the neighbour is trusted as before" vm_is neighbour trusted
show lazaretctl show patient
packets_stop patient

say "The cure: disk rolled back, boot under the danger label without network, fresh proof"
step "it begins" lazaretctl cure patient
step "the disk is rolled back, the guest boots and proves itself" until_is patient trusted 400
step "it is a new domain" test "$(guest_domid patient)" != "$domid"
step "its label is back: $label" test "$(label_of patient)" = "$label"
step "its network card is back" vif_name patient
step "the guest answers" guest_wait patient
step "the program is gone" eval "! guest_run patient test -e $WORM"
step "it reaches its neighbour again" wait_until 60 guest_reaches patient neighbour
step "and the neighbour reaches it" wait_until 60 guest_reaches neighbour patient
show lazaretctl status

say "Evidence for somebody who trusts neither us nor the guest"
step "a quote over a nonce, and all that explains it, is verified" evidence
show lazaretctl verify-evidence /run/patient.evidence

say "What the journal says of it"
lazaretctl --json show patient | jq -r '.vm | .history[] | "  \(.time)  \(.from) → \(.to): \(.reason)"'

guest_stop patient
guest_stop neighbour
printf '\n%sEvery step was verified, in %d s.%s\n' "$bold" $((SECONDS - begin)) "$plain"
