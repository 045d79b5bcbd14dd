#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The controller is killed at each place of each step of containment and of release, as it lists them
# itself, and systemd starts it again: the VM ends where it should, nothing was done twice, nothing
# forgotten.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly POINTS=/run/lab-points EVENTS=/var/log/lazaret.ndjson DEVICES=/run/lab-devices
readonly VAR=LAZARET_CRASH_AFTER DISK=xvdb CAP=90
t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup systemctl unset-environment "$VAR"
t_cleanup losetup -D
t_cleanup rm -f /run/own.img

# points TRANSACTION REGEX: where it can be ended, but for what only the level «kill» does.
points() {
	grep -E "^$1:($2)\$" "$POINTS" | grep -v ':destroy:' | awk '!seen[$0]++'
}

# armed POINT: the next controller that starts ends there; none: nowhere.
armed() {
	if [ "$1" = none ]; then
		systemctl unset-environment "$VAR"
	else
		systemctl set-environment "$VAR=$1"
	fi
}

# armed_now POINT: the one that runs ends there. Only one that was not killed is started anew.
armed_now() {
	[ "$1" = "$awaited" ] && return
	armed "$1"
	systemctl restart lazaretd
	awaited=$1
}

# witness: what is made and taken away in dom0's kernel from now on, a line for each.
witness() {
	udevadm monitor --kernel --subsystem-match=xen-backend >"$DEVICES" 2>&1 &
	witness_pid=$!
	t_cleanup kill "$witness_pid"
	wait_until 20 grep -q 'will print' "$DEVICES"
}

# seen ACTION DEVICE: how often, since mark.
seen() {
	tail -n "+$((devices_mark + 1))" "$DEVICES" | grep -c " $1 .*/$2-$id-"
}

# told FILTER: how many events of the patient since mark, by a jq filter.
told() {
	tail -n "+$((events_mark + 1))" "$EVENTS" | jq -s --arg vm "$uuid" "[.[] | select(.vm == \$vm and ($1))] | length"
}

mark() {
	devices_mark=$(wc -l <"$DEVICES")
	events_mark=$(wc -l <"$EVENTS")
	pid=$(daemon_pid)
}

died() {
	local now
	now=$(daemon_pid)
	[ "$now" != 0 ] && [ "$now" != "$pid" ]
}

disks_now() {
	for dir in $(xenstore-list "/local/domain/0/backend/vbd/$id" 2>/dev/null); do
		xenstore-read "/local/domain/0/backend/vbd/$id/$dir/dev"
	done | sort | xargs
}

cap_now() {
	xl sched-credit2 -d patient | awk 'NR == 2 { print $4 }'
}

is_contained() {
	vm_contained patient && [ "$(vm_get patient .doing)" = null ]
}

# What follows of a release that is through depends on the guest's next proof.
is_released() {
	[ "$(vm_get patient '"\(.state != "danger") \(.plan) \(.doing)"')" = "true null null" ]
}

# over POINT GOAL: waits until the controller has died there, or has come through without that: only
# a step that had nothing to wait for has no such place.
over() {
	wait_until 60 eval "died || $2"
	if died; then
		killed=$((killed + 1))
		awaited=$next
		return
	fi
	[[ $1 == *:under-way ]] || [ "$1" = none ] || t_fail "$1: it is killed there"
}

# contained_right POINT: in one test point each, from outside, and in the journal.
contained_right() {
	wait_for 60 "$1: it is contained" is_contained || t_note "$(vm_get patient '[.steps[-1], .reason]')"
	t_ok "$1: seen from outside, it is cut off" cut_off patient
	t_is "$1: its own disk is gone, its root disk is not" "$(disks_now)" xvda
	t_is "$1: its processor time is what the policy says" "$(cap_now)" "$CAP"
	t_is "$1: it runs, so no pause of ours is left" "$(guest_run patient 'echo alive')" alive
	t_is "$1: card and disk were taken once, and nothing was made" \
		"$(seen remove vif) $(seen remove vbd) $(seen add '.*')" "1 1 0"
	t_is "$1: danger and plan are in the journal once" \
		"$(told '.event == "state" and .to == "danger"') $(told '.event == "plan"')" "1 1"
}

# works MARK: card and disk do what they should, in the guest. Nothing may be under way to a disk that is
# taken away: the guest's kernel would wait for its end for ever, and hear of nothing meanwhile.
works() {
	guest_run patient "ping -c 1 -W 2 10.77.0.1 && echo $1 | dd of=/dev/$DISK bs=512 conv=sync oflag=direct &&
		dd if=/dev/$DISK bs=512 count=1 iflag=direct | grep -q '^$1' && sync && udevadm settle"
}

# released_right POINT
released_right() {
	local made=1
	wait_for 60 "$1: it is released" is_released || t_note "$(vm_get patient '[.steps[-1], .reason]')"
	t_is "$1: label, card, disks, processor time and no pause: as before" "$(as_it_is)" "$before"
	wait_for 60 "$1: the guest uses its card and its disk" works "mark-$RANDOM"
	# One whose making was broken off can only be taken away, and made again.
	[[ $1 != *:under-way ]] || made=$(($(seen add vif) + $(seen add vbd) - 1))
	t_ok "$1: card and disk were made once" test "$(seen add vif) $(seen add vbd)" = "1 1" -o "$made" = 2
	t_is "$1: nothing of that is there twice" "$(($(seen add '.*') - $(seen remove '.*')))" 2
	t_is "$1: release and end are in the journal once" \
		"$(told '.event == "state" and .to == "held"') $(told '.event == "restored"') $(told '.event == "state" and .to == "danger"')" "1 1 0"
}

# as_it_is: what a release has to bring back.
as_it_is() {
	local vif=/sys/class/net/vif$id.0
	printf '%s %s %s %s %s %s\n' "$(label_of patient)" "$(basename "$(readlink "$vif/master")")" \
		"$(xenstore-read "/local/domain/0/backend/vif/$id/0/mac")" "$(disks_now)" "$(cap_now)" \
		"$(xl list patient | awk 'NR == 2 { print ($5 ~ /p/) }')"
}

# round CONTAIN RELEASE NEXT: one incident; the controller is killed at the first two places.
round() {
	armed_now "$1"
	mark
	armed "$2"
	next=$2
	lazaretctl quarantine patient >/dev/null 2>&1
	over "$1" is_contained
	contained_right "$1"

	armed_now "$2"
	mark
	armed "$3"
	next=$3
	lazaretctl release patient --reason test >/dev/null 2>&1
	over "$2" is_released
	released_right "$2"
}

# all_of REGEX LEAST: every such place of both transactions; the shorter list ends with «none».
all_of() {
	local c r n
	mapfile -t c < <(points contain "$1")
	mapfile -t r < <(points release "$1")
	t_ok "$type: there are places to be killed at" test "${#c[@]}" -ge "$2" -a "${#r[@]}" -ge "$2"
	killed=0 awaited=none
	for ((n = 0; n < ${#c[@]} || n < ${#r[@]}; n++)); do
		round "${c[n]:-none}" "${r[n]:-none}" "${c[n + 1]:-none}"
	done
	t_note "$type: killed $killed times at ${#c[@]} and ${#r[@]} places"
	t_ok "$type: it was killed at all but some of those where nothing may be under way" test "$killed" -gt \
		"$(printf '%s\n' "${c[@]}" "${r[@]}" | grep -vc under-way)"
}

start_patient() {
	# shellcheck disable=SC2034 # read by guest_create
	GUEST_XL=("disk=['format=raw,vdev=xvda,access=rw,script=/lab/bin/lab-block,target=$(guest_disk patient)',
		'format=raw,vdev=$DISK,access=rw,script=/lab/bin/lab-block,target=$own']")
	"$@"
}

# kill_levels: the level «kill» ends it: that is done once as well, and it does not come back.
kill_levels() {
	local point
	while read -r point <&3; do
		start_patient guest_create patient "$type"
		id=$(guest_domid patient)
		armed_now none
		armed_now "$point"
		mark
		armed none
		next=none
		lazaretctl quarantine patient --level kill >/dev/null 2>&1
		over "$point" guest_gone_for_good
		wait_for 60 "$point: the domain is gone" guest_gone_for_good
		t_is "$point: danger, once" "$(told '.event == "state" and .to == "danger"')" 1
		t_is "$point: nothing was made anew" "$(seen add '.*')" 0
		t_ok "$point: a release ends the incident" lazaretctl release patient --reason test
		t_ok "$point: with nothing under way" is_released
	done 3< <(grep "^contain:destroy:" "$POINTS")
}

guest_gone_for_good() {
	guest_gone patient && vm_is patient danger && [ "$(vm_get patient .doing)" = null ]
}

modprobe loop || t_bail "no loop devices in dom0"
uuid=$(guest_uuid patient)
truncate -s 8M /run/own.img
own=$(losetup -f --show /run/own.img)
rm -f "$EVENTS"
LAZARET_CRASH_AFTER=list lazaretd >"$POINTS" || t_bail "lazaretd does not list its places"
t_fails "a place that is none is refused" env LAZARET_CRASH_AFTER=contain:nothing:done lazaretd
for type in pvh pv; do
	t_ok "$type: the controller starts" daemon_fresh 'challenge = 30' 'stale = 80' "cpu-cap = $CAP"
	t_ok "$type: a guest starts, with a disk of its own" start_patient guest_start patient "$type" || t_bail "no guest"
	[ -n "${witness_pid:-}" ] || witness
	wait_for 60 "$type: card and disk work" works first
	id=$(guest_domid patient)
	before=$(as_it_is)
	# PV differs in how devices and pauses come and go, not in what the journal says and when.
	if [ "$type" = pvh ]; then all_of 'begin|.*:(done|recorded)|(half|vif|vbd|pci):under-way' 20; else all_of '(vif|vbd|go-on):(under-way|done)' 6; fi
done
kill_levels
t_ok "the journal's chain is whole" lazaretctl journal verify
