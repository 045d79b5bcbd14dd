# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Extra disks of guests: loop devices in dom0.

# disk_new NAME: a block device in dom0 with a file behind it, /run/NAME.img; prints its path.
disk_new() {
	modprobe loop && truncate -s 8M "/run/$1.img" && losetup -f --show "/run/$1.img"
}

# disk_script: Xen's own script for disks, which remedy domains have, takes libxl's patience in the emulator.
disk_script() {
	ln -sf /lab/bin/lab-block /etc/xen/scripts/block
}

# disk_line NAME ACCESS TARGET: as xl wants it.
disk_line() {
	printf "'format=raw,vdev=%s,access=%s,script=/lab/bin/lab-block,target=%s'" "$1" "$2" "$3"
}

# disk_root NAME: the guest's root disk, likewise.
disk_root() {
	disk_line xvda rw "$(guest_disk "$1")"
}

# disks_of NAME: virtual devices that have a backend, in order.
disks_of() {
	local id dir
	id=$(guest_domid "$1") || return
	for dir in $(xenstore-list "/local/domain/0/backend/vbd/$id" 2>/dev/null); do
		xenstore-read "/local/domain/0/backend/vbd/$id/$dir/dev"
	done | sort | xargs
}

# disk_works NAME DEVICE: can the guest write to it, and read that from the device itself?
# (nocreat: else dd leaves a plain file where the device is to come back)
disk_works() {
	local mark=mark-$RANDOM
	guest_run "$1" "echo $mark | dd of=/dev/$2 bs=512 conv=sync,nocreat oflag=direct status=none &&
		dd if=/dev/$2 bs=512 count=1 iflag=direct status=none | grep -q $mark"
}
