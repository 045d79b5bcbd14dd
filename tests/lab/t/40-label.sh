#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The danger label on a running guest, by the policy alone: no device is detached here.
. "${LAB_LIB:-/lab/lib}/lab.sh"

need_flask "the danger label" || exit 0
t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
guest_start_all patient neighbour || t_bail "no guests"

# works_towards_dom0 WHEN: console, xenstore and disk go on.
works_towards_dom0() {
	local mark=mark-$RANDOM
	t_is "$1: xenstore carries a command" "$(guest_run patient echo here)" here
	t_ok "$1: the disk is written and read again" guest_run patient \
		"echo $mark >/root/$mark; sync; echo 3 >/proc/sys/vm/drop_caches
		[ \"\$(cat /root/$mark)\" = $mark ]"
	guest_run patient "echo $mark >/dev/hvc0"
	t_ok "$1: the console carries text" wait_until 20 \
		grep -q "$mark" "$(guest_console patient)"
}

wait_for 60 "patient and neighbour reach each other" guest_reaches patient neighbour
works_towards_dom0 "ordinary"

t_ok "dom0 relabels the running guest" relabel patient "$LABEL_DANGER"
t_is "the label is the danger label" "$(label_of patient)" "$LABEL_DANGER"
works_towards_dom0 "in danger"
t_ok "in danger: xl pauses it" xl pause patient
t_ok "in danger: xl lets it go on" xl unpause patient
t_fails "in danger: it can't be saved" xl save -c patient /run/saved
t_is "in danger: it lives on after that" "$(guest_run patient echo here)" here

t_ok "dom0 gives the old label back" relabel patient "$LABEL_GUEST"
t_is "the label is the old label" "$(label_of patient)" "$LABEL_GUEST"
works_towards_dom0 "again ordinary"
wait_for 60 "patient and neighbour reach each other again" guest_reaches patient neighbour

guest_stop patient
GUEST_XL=("seclabel=\"$LABEL_DANGER\"")
t_ok "a guest boots under the danger label" guest_start patient
t_is "it has that label" "$(label_of patient)" "$LABEL_DANGER"
works_towards_dom0 "booted in danger"
# shellcheck disable=SC2034 # read by guest_create
GUEST_XL=('seclabel="system_u:system_r:domU_t"')
guest_stop patient
t_ok "a stock guest boots" guest_start patient
# Paused, as containment and release do it: an event that such a guest sends meanwhile would be lost.
t_ok "it is paused" xl pause patient
t_ok "it can be put in danger, too" relabel patient "$LABEL_DANGER"
t_ok "and it gets its label back" relabel patient system_u:system_r:domU_t
t_ok "it goes on" xl unpause patient
t_is "and works again" "$(guest_run patient -t 60 echo here)" here
t_is "Xen's log was not flooded" "$(($(xl dmesg | grep -c 'avc.*denied') > 20))" 0
