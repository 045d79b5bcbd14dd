#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Vaccines of others in the remedy domain: one that lies about its cure, one that fails, one that cures; a
# remedy image that is not whole; and two ill guests of which one waits for its turn.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly VACCINES=/run/lab-vaccines IMAGE=/run/lab-image NOTE=/srv/ransom.txt

# vaccine NAME CURE: finds the ransom note, and cures it by these commands.
vaccine() {
	cat >"$VACCINES/$1" <<-END
		#!/bin/sh
		# \$1: scan or cure; \$2: where the disk is
		case \$1 in
		scan) [ ! -e "\$2$NOTE" ] || printf 'Ransom.Note\\t$NOTE\\n' ;;
		cure) $2 ;;
		esac
	END
	chmod 755 "$VACCINES/$1"
}

# cure_fails WORDS WHY: a cure begins, and ends in danger with such a reason.
cure_fails() {
	wait_for 120 "$1: nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
	t_ok "$1: a cure begins" lazaretctl cure patient
	wait_for 900 "$1: it fails" eval 'vm_get patient .reason | grep -q "the cure failed"'
	t_like "$1: it says why" "$(vm_get patient .reason)" "$2"
	t_is "$1: it is in danger" "$(vm_get patient .state)" danger
	t_fails "$1: it was not let back in" eval \
		'lazaretctl --json events patient | jq -es "[.[] | select(.event == \"state\" and .to == \"trusted\")] | length > 1"'
}

# cures FILTER: what status tells of all of them.
cures() {
	lazaretctl --json status | jq -c ".cures | $1"
}

t_cleanup disk_as_golden patient
t_cleanup disk_as_golden neighbour
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
modprobe loop
disk_script
mkdir -p "$VACCINES" "$IMAGE"
cp /lab/remedy/* "$IMAGE/"
daemon_config 'settle = 2' 'probation = 5' 'boot-limit = 600' 'challenge = 2' 'stale = 20' \
	"remedy-vaccines = $VACCINES" 'remedy-memory = 512' 'cure = repair'
sed -i "s,^remedy-image = .*,remedy-image = $IMAGE," "$DAEMON_CONF"
printf 'cure = rollback\n' >>"$DAEMON_CONF" # the last section is the neighbour's
daemon_stop
rm -rf "$DAEMON_STATE"
t_ok "the controller starts" daemon_start
t_ok "two guests start" guest_start_all patient neighbour || t_bail "no guest"
vm_wait patient trusted 120
vm_wait neighbour trusted 120
t_ok "there is a note that no golden value and no signature speaks of" \
	guest_run patient "echo 'pay' >$NOTE; sync"
t_ok "it has less to be looked at" guest_shrink patient
t_ok "it is quarantined" lazaretctl quarantine patient --reason "a user says so"
wait_for 120 "it is contained" vm_contained patient

vaccine 10-note "exit 0"
t_ok "a snapshot is scanned, the guest runs on" eval \
	'lazaretctl --json scan neighbour --disk=$GOLDEN_IMAGE >/run/lab-scanned'
t_is "all of it was looked at" "$(jq '[.result, .vaccines, .files > 5000]' -c /run/lab-scanned)" \
	'["clean",1,true]'
vm_wait neighbour trusted 60
t_fails "its own disk is no snapshot" lazaretctl scan neighbour --disk="$(guest_disk neighbour)"

vaccine 10-note "echo $NOTE" # it says that it has changed it
cure_fails "a vaccine that lies" 'still vaccine: /srv/ransom.txt'
t_ok "its domain is gone" remedy_gone
t_is "what it was is kept" "$(lazaretctl --json sickbay list | jq '.kept | length')" 1

vaccine 10-note 'exit 3'
cure_fails "a vaccine that can't cure" '10-note, cure: .*status 3'

truncate -s -1 "$IMAGE/initrd"
cure_fails "an image that is not whole" 'not what remedy.json'
cp /lab/remedy/initrd "$IMAGE/initrd"

vaccine 10-note "rm \"\$2$NOTE\" && echo $NOTE"
t_ok "another guest is quarantined" lazaretctl quarantine neighbour
wait_for 120 "it is contained" vm_contained neighbour
wait_for 120 "nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
t_ok "a cure of the one begins" lazaretctl cure patient
t_like "a cure of the other is asked for: it waits" "$(lazaretctl cure neighbour)" 'waits for its turn'
t_is "that is seen" "$(cures '[.under_way, .waiting]')" '[["patient"],["neighbour"]]'
t_like "people see it, too" "$(lazaretctl status)" 'in line to be cured: neighbour'
t_is "in its own view as well" "$(vm_get neighbour .cure.place)" 1
t_fails "it is not asked for twice" lazaretctl cure neighbour
vm_wait patient trusted 900
t_ok "it answers" guest_wait patient
t_is "the note is gone" "$(guest_run patient "ls $NOTE 2>&1 | grep -c 'No such'")" 1
t_is "its vaccine has changed it" "$(lazaretctl --json events patient | jq -rs \
	'[.[] | select(.event == "repaired")][-1].changes[] | .class + " " + .path')" "changed $NOTE"
vm_wait neighbour trusted 900
t_ok "the other was begun later" eval "lazaretctl --json events | jq -es \
	'[.[] | select(.event == \"state\" and .to == \"curing\")][-1].name == \"neighbour\"'"
t_is "nothing is left in line" "$(cures '[.under_way, .waiting]')" '[[],[]]'
