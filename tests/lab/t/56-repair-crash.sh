#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The controller is killed at places of each step of a repair, as it lists them itself, and systemd starts it
# again; then it and the domain that it drives, at once, while a disk is being looked at, written to, and
# booted from. Each time the VM is in danger and cut off, nothing is left behind, and the next cure can begin.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly WORK=/run/lab-crash STORE=/run/lab-crash/store POINTS=/run/lab-crash/points VAR=LAZARET_CRASH_AFTER
readonly AGAIN=/usr/local/bin/again
# Of each step that does something, one place; of those that other tests kill at more places, some. A step
# that is not there any more is seen: the number of places is compared.
readonly WANTED='begin|destroy:under-way|scan-supply:under-way|scan-create:under-way|scan:done|scan-read:under-way
plan:recorded|mend-supply:under-way|mend-create:under-way|mend:done|mend-read:under-way|keep:(under-way|done)
recheck-create:under-way|recheck:done|create:under-way|prove:done|relabel:done|verify:recorded'
readonly WANTED_N=19
# At these places there must be something to change, and the place before has changed it.
readonly MENDS='mend-read:under-way|keep:(under-way|done)|recheck-create:under-way|recheck:done'
# Sectors that must have been written to the patient's disk for the write-back to be in its midst.
readonly MIDST=20000

# armed POINT: the next controller that starts ends there; none: nowhere.
armed() {
	if [ "$1" = none ]; then
		systemctl unset-environment "$VAR"
	else
		systemctl set-environment "$VAR=$1"
	fi
}

died() {
	local now
	now=$(daemon_pid)
	[ "$now" != 0 ] && [ "$now" != "$pid" ]
}

idle() {
	[ "$(vm_get patient .doing)" = null ]
}

# attached: how many backends of dom0 have the patient's disk, by itself or by a loop device.
attached() {
	local disk dir n=0
	disk=$(readlink -f "$(guest_disk patient)")
	while read -r dir; do
		dir=$(readlink -f "$dir") || continue
		[ "$dir" != "$disk" ] && [ "$(cat "/sys/block/${dir##*/}/loop/backing_file" 2>/dev/null)" != "$disk" ] || n=$((n + 1))
	done < <(xenstore-ls -f /local/domain/0/backend/vbd 2>/dev/null | sed -n 's,^.*/params = "\(.*\)"$,\1,p')
	echo "$n"
}

# right WHERE: what must be so whenever a repair has ended before its end.
right() {
	wait_for 120 "$1: no remedy domain is left, and no loop device" remedy_gone
	t_is "$1: it is in danger" "$(vm_get patient .state)" danger
	t_is "$1: there is one VM of this name" \
		"$(lazaretctl --json status | jq '[.vms[] | select(.name == "patient")] | length')" 1
	t_is "$1: its plan is as it was" "$(vm_get patient .plan)" "$plan"
	wait_for 120 "$1: nothing is under way" idle
	if guest_domid patient >/dev/null; then
		wait_for 90 "$1: it is contained" vm_contained patient
		t_ok "$1: seen from outside, it is cut off" cut_off patient
		t_is "$1: its disk is attached once" "$(attached)" 1
	else
		t_is "$1: it does not run, and its disk is attached nowhere" "$(attached)" 0
	fi
	wait_for 60 "$1: what was removed from it is sealed, or thrown away" no_spool
	t_ok "$1: it was not let out" never_out
}

# never_out: since it fell ill, no state of those that are not cut off.
never_out() {
	lazaretctl --json events patient | jq -es \
		'[.[] | select(.event == "state") | .to] | .[index("danger"):] - ["danger", "curing", "probation"] == []'
}

# fall_ill: a program that nobody knows, on a disk that no domain has. dom0 may mount that only because what
# is on it is this test's doing.
fall_ill() {
	mount "$(guest_disk patient)" "$WORK/disk" || return
	printf '#!/bin/sh\n' >"$WORK/disk$AGAIN" && chmod 755 "$WORK/disk$AGAIN"
	umount "$WORK/disk"
}

# written: sectors that the remedy domain has written to the patient's disk.
written() {
	local loop
	for loop in /sys/block/loop*; do
		[ "$(cat "$loop/loop/backing_file" 2>/dev/null)" != "$(readlink -f "$(guest_disk patient)")" ] ||
			awk '{ print $7 }' "$loop/stat"
	done
}

midst() {
	[ "$(written)" -gt "$MIDST" ]
}

# looks: the remedy domain has its disks.
looks() {
	[ "$(xenstore-read "/local/domain/0/backend/vbd/$(remedy_domains)/51712/state")" = 4 ]
}

# boots: the repair has let the patient start.
boots() {
	vm_get patient '.steps[-1] | "\(.transaction) \(.step)"' | grep -qx 'repair boot'
}

no_spool() {
	! find "$DAEMON_STATE" -name '*.spool' | grep -q .
}

# all_at_once WHEN CONDITION DOMAIN: a cure, and the power fails, of all that has to do with it.
all_at_once() {
	local end=$((SECONDS + 900)) domain
	t_ok "$1: a cure begins" lazaretctl cure patient
	until "$2" 2>/dev/null || ((SECONDS > end)); do sleep 0.1; done
	domain=$("$3")
	xl destroy "$domain" &
	daemon_kill
	wait "$!"
	t_ok "$1: the domain was there to be ended" test -n "$domain"
	t_note "$1: $(written) sectors written"
	t_ok "$1: the controller starts again" daemon_start
	right "$1"
}

patient() {
	guest_domid patient
}

modprobe loop || t_bail "no loop devices in dom0"
disk_script
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
mkdir -p "$STORE" "$WORK/disk"
t_cleanup disk_as_golden patient
t_cleanup daemon_stop
t_cleanup armed none
LAZARET_CRASH_AFTER=list lazaretd | grep '^repair:' | awk '!seen[$0]++' >"$WORK/all"
grep -xE "repair:($(echo "$WANTED" | paste -sd '|'))" "$WORK/all" >"$POINTS"
t_is "each place is one that the controller has" "$(wc -l <"$POINTS")" "$WANTED_N"

t_ok "the controller starts" daemon_fresh 'settle = 2' 'probation = 2' 'boot-limit = 600' 'challenge = 2' 'stale = 60' \
	"remedy-packages = $STORE" 'remedy-memory = 512' 'remedy-limit = 900' 'cure = repair'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
large=$(guest_run patient 'find /usr/lib/gcc -name cc1 -size +10M | head -n 1')
t_ok "it is made small" guest_shrink patient "$large"
t_ok "a file that takes long to write is in the store" golden_tar "$STORE/site.tar" "$large" /usr/bin/nproc
golden=$(guest_run patient "md5sum <'$large'")
guest_unknown_program patient /usr/local/bin/beacon
t_ok "it is infected" guest_run patient "printf x >>'$large'; printf x >>/usr/bin/nproc; sync; nproc"
vm_wait patient danger 90
wait_for 120 "it is contained" vm_contained patient
plan=$(vm_get patient .plan)

mapfile -t points <"$POINTS"
armed "${points[0]}"
systemctl restart lazaretd
for ((n = 0; n < ${#points[@]}; n++)); do
	point=${points[n]}
	t0=$SECONDS
	wait_until 60 lazaretctl status
	armed "${points[n + 1]:-none}"
	if [[ $point =~ ^repair:($MENDS)$ ]]; then t_ok "$point: it falls ill again" fall_ill; fi
	pid=$(daemon_pid)
	# Who is killed at the begin can't answer.
	lazaretctl cure patient >/dev/null 2>&1
	wait_for 600 "$point: it is killed there" died || t_note "$(vm_get patient '[.steps[-1], .reason]')"
	wait_until 60 lazaretctl status
	right "$point"
	t_note "$point: $((SECONDS - t0)) s"
done

t_note "controller and domain at once"
t_ok "it is up, to be infected again" guest_wait patient
t_ok "it is infected again" guest_run patient "printf x >>'$large'; printf x >>/usr/bin/nproc; sync"
all_at_once "while it is looked at" looks remedy_domains
all_at_once "while it is written to" midst remedy_domains
all_at_once "while it boots" boots patient

t_ok "the last cure begins" lazaretctl cure patient
vm_wait patient trusted 900
t_ok "it is up" guest_wait patient
t_ok "what was half written is golden" guest_run patient "[ \"\$(md5sum <'$large')\" = '$golden' ] && nproc"
t_is "nothing half written is left" "$(guest_run patient 'find / -xdev -name .lazaret-new -o -xdev -path '"$AGAIN")" ""
t_is "its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
t_is "its disk is attached once" "$(attached)" 1
t_is "its plan is done with" "$(vm_get patient .plan)" null
t_ok "the journal's chain is whole" lazaretctl journal verify
