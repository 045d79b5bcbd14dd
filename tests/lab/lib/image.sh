# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Disks for the patient, made as files in dom0 without anything being mounted. All in MiB.

readonly IMAGE_WORK=/var/tmp/lab-image # the folder that they are in

# image_new FILE MIB: an empty one.
image_new() {
	rm -f "$1" && truncate -s "$2M" "$1"
}

# image_ext4 FILE MIB TREE [OPTION…]: a file system with the files of a folder; options are mke2fs'.
image_ext4() {
	image_new "$1" "$2" && mke2fs -q -t ext4 -m 0 -d "$3" "${@:4}" "$1"
}

# image_proto FOLDER: its files, as mkfs.xfs wants to be told of them. No blanks in names.
image_proto() {
	local entry
	for entry in "$1"/*; do
		if [ -d "$entry" ]; then
			echo "${entry##*/} d--$(stat -c %a "$entry") 0 0"
			image_proto "$entry"
			echo '$'
		elif [ -e "$entry" ]; then
			echo "${entry##*/} ---$(stat -c %a "$entry") 0 0 $entry"
		fi
	done
}

# image_xfs FILE MIB TREE
image_xfs() {
	{
		printf '/\n0 0\nd--755 0 0\n'
		image_proto "$3"
		echo '$'
	} >"$1.proto"
	image_new "$1" "$2" && mkfs.xfs -q --unsupported -p "$1.proto" "$1"
}

# image_put DISK BYTES FILE: FILE becomes the content of DISK from that byte on.
image_put() {
	dd if="$3" of="$1" bs=1M seek="$2" oflag=seek_bytes conv=notrunc,sparse status=none
}

# image_part DISK NUMBER: the first byte of a partition.
image_part() {
	sfdisk -J "$1" | jq --argjson n "$2" '.partitiontable.partitions[$n - 1].start * 512'
}

# image_random FILE MIB
image_random() {
	head -c "$2M" /dev/urandom >"$1"
}

# lvm_offline DEVICE: settings for LVM in dom0, which makes volumes there without ever having them.
lvm_offline() {
	printf 'devices { use_devicesfile=0 global_filter=["a|^%s$|","r|.*|"] } global { activation=0 } backup { backup=0 archive=0 }' "$1"
}

# image_lvm FILE MIB: a volume group «lab» with the volumes root and srv, in FILE.root and FILE.srv.
image_lvm() {
	local loop settings start name first
	image_new "$1" "$2"
	loop=$(losetup -f --show "$1")
	settings=$(lvm_offline "$loop")
	{
		pvcreate -q --config "$settings" "$loop" &&
			vgcreate -q --config "$settings" --setautoactivation n -s 4m lab "$loop" &&
			lvcreate -q --config "$settings" -an -Zn -Wn -L "$(stat -c %s "$1.root")b" -n root lab &&
			lvcreate -q --config "$settings" -an -Zn -Wn -L "$(stat -c %s "$1.srv")b" -n srv lab
	} >"$1.log" 2>&1 || cat "$1.log" # LVM has much to say of being offline
	start=$(pvs --config "$settings" --noheadings --nosuffix --units b -o pe_start "$loop" 2>/dev/null)
	for name in root srv; do
		first=$(lvs --config "$settings" --noheadings -o seg_pe_ranges "lab/$name" 2>/dev/null | sed 's/.*:\([0-9]*\)-.*/\1/')
		image_put "$1" $((start + first * 4 * 1024 * 1024)) "$1.$name"
	done
	losetup -d "$loop"
}

# image_luks FILE MIB CONTENT KEY: encrypted; its key takes little to derive. Sectors are as small as blocks of CONTENT may be.
image_luks() {
	image_new "$1" "$2"
	cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --sector-size 512 --key-file "$4" "$1" &&
		cryptsetup open --type luks --key-file "$4" "$1" lab-luks &&
		dd if="$3" of=/dev/mapper/lab-luks bs=1M conv=fsync status=none
	cryptsetup close lab-luks
}

# image_patient FILE: the patient, paused and never run, with that disk; the controller sees it.
image_patient() {
	local loop
	image_patient_end
	sync
	loop=$(losetup -f --show "$1") || return
	# shellcheck disable=SC2034 # read by guest_create
	GUEST_XL=(-p "disk=[$(disk_line xvda rw "$loop")]")
	guest_create patient pvh && wait_until 60 vm_paused patient
}

# image_patient_end: ends it, and gives its disk up.
image_patient_end() {
	local loop
	guest_stop patient
	for loop in $(losetup -nO NAME,BACK-FILE | awk -v dir="$IMAGE_WORK/" 'index($2, dir) == 1 { print $1 }'); do
		losetup -d "$loop"
	done
}
