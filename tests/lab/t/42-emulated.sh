#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An HVM guest reaches its card and its disks by devices that its device model emulates, too, until its
# kernel has them unplugged. One that does not is cut off all the same.
. "${LAB_LIB:-/lab/lib}/lab.sh"

export LAB_EMULATED=yes
t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup losetup -D
t_cleanup rm -f /run/own.img

# emulated_card: the device model's interface; its name is what follows of the card's.
emulated_card() {
	echo "vif$(guest_domid patient).0-emu"
}

is_up() {
	ip -o link show "$(emulated_card)" up | grep -q .
}

on_bridge() {
	[ -d "/sys/class/net/xenbr0/brif/$(emulated_card)" ]
}

# has_open: does the device model have the second disk?
has_open() {
	local model
	model=$(xenstore-read "$(guest_xs patient)/image/device-model-pid")
	find "/proc/$model/fd" -lname "$own" | grep -q .
}

is_paused() {
	xl list patient | awk 'NR == 2 { exit $5 !~ /p/ }'
}

# quarantined AFTER: by hand, which is as good as any reason; all that must hold of it.
quarantined() {
	t_ok "$1: an operator puts it in quarantine" lazaretctl quarantine patient --reason test
	wait_for 60 "$1: it is contained" vm_contained patient || t_note "$(vm_get patient .reason)"
	t_ok "$1: it has no card, and the danger label" have_no_card
	t_fails "$1: its device model's interface is down" is_up
}

# have_no_card: cut_off of lib/daemon.sh, and no backend of one in dom0's kernel.
have_no_card() {
	cut_off patient && ! ls -d "/sys/bus/xen-backend/devices/vif-$(guest_domid patient)-"*
}

own=$(disk_new own) || t_bail "no loop device"
# shellcheck disable=SC2034 # read by guest_create
GUEST_XL=("disk=[$(disk_root patient),$(disk_line xvdb rw "$own")]")
t_ok "the controller starts" daemon_fresh

t_note "a kernel that leaves the emulated devices where they are"
t_ok "kept: it starts" guest_start patient hvm xen_emul_unplug=unnecessary || t_bail "no guest"
vm_wait patient trusted 120
t_ok "kept: its device model has a card up, on the bridge" eval 'is_up && on_bridge'
t_ok "kept: and its second disk open" has_open
quarantined kept
t_ok "kept: it stays paused" is_paused
t_like "kept: for the disk, as it says" "$(vm_get patient '[.steps[] | tostring] | join(" ")')" 'device model'
t_ok "kept: it is released" lazaretctl release patient --reason test
wait_for 60 "kept: it runs" eval '! is_paused'
wait_for 60 "kept: and has its emulated card again" eval 'is_up && on_bridge'

t_note "a kernel that has them unplugged, as Linux does"
t_ok "unplugged: it starts" guest_start patient hvm || t_bail "no guest"
vm_wait patient trusted 120
t_fails "unplugged: its device model has the second disk no more" has_open
quarantined unplugged
t_fails "unplugged: it runs on" is_paused
t_ok "unplugged: it is released" lazaretctl release patient --reason test
wait_for 60 "unplugged: it reaches dom0" guest_run patient ping -c 1 -W 2 10.77.0.1
