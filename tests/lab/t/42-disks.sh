#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks of a guest in danger: its own extra disk and one that it shares go, a read-only one and the
# root disk stay, its neighbour keeps its own; all come back as they were, or it is refused.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop
t_cleanup losetup -D
t_cleanup rm -f /run/own.img /run/shared.img /run/read.img

modprobe loop || t_bail "no loop devices in dom0"
own=$(disk_new own) shared=$(disk_new shared) read=$(disk_new read)

for type in pvh pv; do
	t_ok "$type: the controller starts" daemon_fresh
	GUEST_XL=("disk=[$(disk_root patient), $(disk_line xvdb rw "$own"), $(disk_line xvdc rw "$shared"), $(disk_line xvdd ro "$read")]")
	t_ok "$type: the patient starts, with four disks" guest_start patient "$type" || t_bail "no guest"
	# shellcheck disable=SC2034 # read by guest_create
	GUEST_XL=("disk=[$(disk_root neighbour), $(disk_line xvdc rw "$shared")]")
	t_ok "$type: its neighbour starts, with one of them" guest_start neighbour "$type"
	vm_wait patient trusted 120
	for device in xvdb xvdc; do
		t_ok "$type: $device works" disk_works patient "$device"
	done
	kept=mark-$RANDOM
	guest_run patient "echo $kept | dd of=/dev/xvdb bs=512 conv=sync oflag=direct status=none"
	# A disk that goes while the guest's udev reads it lets the frontend of Linux 6.1 hang (README).
	guest_run patient 'udevadm settle'

	t_ok "$type: it is put in quarantine" lazaretctl quarantine patient
	wait_for 60 "$type: it is contained" vm_contained patient
	if have_flask; then
		t_is "$type: one thing alone is not enforced" "$(vm_get patient '.not_enforced | length')" 1
		t_like "$type: what it may share with a guest it has no channel to" "$(vm_get patient '.not_enforced[0]')" \
			'no event channel'
	else
		t_like "$type: «status» names what is not enforced" "$(lazaretctl status)" 'not enforced: labels'
		t_like "$type: so does «show»" "$(lazaretctl show patient)" 'not cut +labels'
	fi
	t_is "$type: what it could write to is gone, but for its root disk" "$(disks_of patient)" "xvda xvdd"
	for device in xvdb xvdc; do
		t_fails "$type: $device does not work any more" disk_works patient "$device"
	done
	t_ok "$type: its root disk does" guest_run patient 'echo x >/root/x && sync'
	t_ok "$type: so does the read-only one" guest_run patient \
		'dd if=/dev/xvdd bs=512 count=1 iflag=direct of=/dev/null status=none'
	t_ok "$type: its neighbour has the shared one" disk_works neighbour xvdc
	t_is "$type: the neighbour lost nothing" "$(disks_of neighbour)" "xvda xvdc"
	daemon_kill
	t_ok "$type: the controller starts again" daemon_start
	wait_for 60 "$type: it is contained still" vm_contained patient

	t_ok "$type: it is released" lazaretctl release patient --reason test
	wait_for 90 "$type: all four are back" eval '[ "$(disks_of patient)" = "xvda xvdb xvdc xvdd" ]'
	wait_for 60 "$type: nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
	wait_for 60 "$type: what it wrote is there" eval \
		'guest_run patient "dd if=/dev/xvdb bs=512 count=1 iflag=direct status=none | grep -q $kept"'
	wait_for 30 "$type: the shared one works" disk_works patient xvdc
	t_fails "$type: the read-only one can't be written" disk_works patient xvdd
	lazaretctl quarantine patient
	wait_for 60 "$type: once more in quarantine" vm_contained patient
	losetup -d "$own"
	t_like "$type: without the file, no release, and a reason" \
		"$(lazaretctl release patient --reason test 2>&1)" "$own"
	losetup "$own" /run/own.img
	t_ok "$type: with it, a release" lazaretctl release patient --reason test
	wait_for 90 "$type: all four are back again" eval '[ "$(disks_of patient)" = "xvda xvdb xvdc xvdd" ]'
	guest_stop patient
	guest_stop neighbour
done
