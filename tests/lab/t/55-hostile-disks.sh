#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks that were made to harm whoever reads them: the scan fails with a reason, or tells of them, and never calls
# them clean; the remedy domain goes, dom0 has not looked at the disk, and nobody else notices anything.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly WORK=$IMAGE_WORK STORE=/var/tmp/lab-store
readonly TREE=$WORK/tree PACK=$STORE/tree.pack

tree() {
	rm -rf "$WORK" "$STORE"
	mkdir -p "$TREE"/{etc/systemd/system,usr/bin,usr/lib,srv,dev} "$STORE"
	cp /usr/bin/tac "$TREE/usr/bin/tac"
	cp /usr/bin/nproc "$TREE/usr/bin/nproc"
	lazaretctl golden build --root "$TREE" -o "$PACK"
}

config() {
	daemon_stop
	rm -rf "$DAEMON_STATE"
	cat >"$DAEMON_CONF" <<-END
		[lazaretd]
		events-file = /var/log/lazaret.ndjson
		remedy-image = /lab/remedy
		[defaults]
		challenge = 5
		stale = 60
		[vm $(guest_uuid patient)]
		pack = $PACK
		remedy-memory = 384
		remedy-limit = 300
		[vm $(guest_uuid neighbour)]
		pack = $GOLDEN_PACK
	END
}

# complaints: how often dom0's kernel has spoken of file systems, or of itself going wrong.
complaints() {
	dmesg | grep -ciE 'ext4|xfs|fat-fs|oops|BUG:|general protection|call trace'
}

# probed WHOSE: does udev in dom0 know what is on a loop device: the controller's, or this test's («own»)?
probed() {
	local loop own
	for loop in /sys/block/loop*; do
		[ -e "$loop/loop/backing_file" ] || continue
		own=controller
		! grep -q "^$WORK/" "$loop/loop/backing_file" || own=own
		[ "$own" = "$1" ] || continue
		udevadm info --query=property --path="$loop" | grep -E '^ID_(FS|PART_TABLE)_TYPE=' && return 0
	done
	return 1
}

# scan_watched: scan, and look what dom0 does meanwhile. Exit status printed; «probed» is made if it looks.
scan_watched() {
	local pid
	rm -f "$REMEDY_WORK/probed"
	scan >"$REMEDY_WORK/status" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		! probed controller >/dev/null || touch "$REMEDY_WORK/probed"
		sleep 1
	done
	wait "$pid"
	cat "$REMEDY_WORK/status"
}

# hostile DESC FINDINGS: a scan of $WORK/disk has so many, and nothing else happens.
hostile() {
	t_ok "$1: it is the patient's" image_patient "$WORK/disk"
	t_is "$1: exit status" "$(scan_watched)" 6
	t_is "$1: findings" "$(scan_says .found)" "$2" || t_note "$(cat "$REMEDY_WORK/out" "$REMEDY_WORK/err")"
	quiet "$1"
}

# fails DESC REASON: a scan of $WORK/disk fails, and says such a reason.
fails() {
	t_ok "$1: it is the patient's" image_patient "$WORK/disk"
	t_is "$1: exit status" "$(scan_watched)" 1
	t_is "$1: never clean" "$(scan_says .result)" failed
	t_like "$1: it says why" "$(cat "$REMEDY_WORK/err")" "$2"
	quiet "$1"
}

quiet() {
	wait_for 60 "$1: the remedy domain is gone, and its loop devices" remedy_gone "$WORK"
	t_is "$1: dom0's kernel has nothing to say of it" "$(complaints)" "$complaints"
	t_fails "$1: dom0 did not look at it" ls "$REMEDY_WORK/probed"
	t_fails "$1: dom0 did not mount it" grep -E '^/dev/(loop|mapper)' /proc/mounts
}

# damage FILE BYTES COUNT: so many random bytes from there on.
damage() {
	head -c "$3" /dev/urandom | dd of="$1" bs=1M seek="$2" oflag=seek_bytes conv=notrunc status=none
}

# inode_at FILE PATH: the byte of an ext4 file system where the inode of that file is.
inode_at() {
	local block offset size
	size=$(dumpe2fs -h "$1" 2>/dev/null | sed -n 's/^Block size: *//p')
	read -r block offset < <(debugfs -R "imap $2" "$1" 2>/dev/null |
		sed -n 's/.*located at block \([0-9]*\), offset \(.*\)/\1 \2/p')
	echo $((block * size + offset))
}

# parts FILE…: a GPT with partitions of 24 MiB, each with such a content.
parts() {
	local n=0 file
	image_new "$WORK/disk" $((2 + 24 * $#))
	{
		echo 'label: gpt'
		for file; do echo 'size=24MiB'; done
	} | sed '$s/size=24MiB/size=23MiB/' | sfdisk -q "$WORK/disk"
	for file; do
		n=$((n + 1))
		image_put "$WORK/disk" "$(image_part "$WORK/disk" "$n")" "$file"
	done
}

# table SECTORS…: «start size» of partitions, as a table of DOS that no tool would write.
table() {
	local n=0 start size
	for entry; do
		read -r start size <<<"$entry"
		printf '\0\0\0\0\x83\0\0\0%b%b' "$(little "$start")" "$(little "$size")" |
			dd of="$WORK/disk" bs=1 seek=$((446 + 16 * n)) conv=notrunc status=none
		n=$((n + 1))
	done
	printf '\x55\xaa' | dd of="$WORK/disk" bs=1 seek=510 conv=notrunc status=none
}
little() {
	printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24))
}

t_cleanup rm -rf "$WORK" "$STORE"
t_cleanup guest_stop neighbour
t_cleanup image_patient_end
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
mkdir -p "$REMEDY_WORK"
modprobe loop
disk_script
t_ok "a small system, and its golden pack" tree
config
t_ok "the controller starts" daemon_start
t_ok "a neighbour starts" guest_start neighbour || t_bail "no guest"
vm_wait neighbour trusted 120
complaints=$(complaints)

t_note "an ordinary file system beside such that look like one"
image_ext4 "$WORK/good" 23 "$TREE"
image_ext4 "$WORK/ext4" 23 "$TREE" -O ^metadata_csum
damage "$WORK/ext4" $((1024 + 4)) 20 # its sizes, not its magic number
image_xfs "$WORK/xfs" 23 "$TREE"
damage "$WORK/xfs" 4096 $((64 * 1024))
image_ext4 "$WORK/pv.root" 8 "$TREE" && cp "$WORK/pv.root" "$WORK/pv.srv"
image_lvm "$WORK/pv" 23
damage "$WORK/pv" 4608 $((64 * 1024)) # its volume group
parts "$WORK/good" "$WORK/ext4" "$WORK/xfs" "$WORK/pv"
hostile "broken" 3
t_ok "broken: what nobody keeps from it, it does look at" probed own
for part in 2 3 4; do t_ok "broken: partition $part is told of" found unreadable "/dev/xvda$part"; done

t_note "names, links and sizes"
cp -a "$TREE" "$WORK/odd"
mkdir -p "$WORK/odd/srv/loop/inner"
for name in $'a\nb' $'\e[2J\e[31mred' '%s%n' '-rf' $'"}\\u0000'; do
	printf '#!/bin/sh\n' >"$WORK/odd/srv/$name" && chmod 755 "$WORK/odd/srv/$name"
done
truncate -s 3T "$WORK/odd/srv/huge"
mknod "$WORK/odd/srv/disk" b 202 16
mknod "$WORK/odd/usr/lib/evil.so" c 1 8
mkfifo "$WORK/odd/etc/systemd/system/fifo.service"
for link in device:/dev/xvdb process:/proc/1/environ out:../../../../../../../etc/passwd supply:/run/supplies/.pack \
	stage:/run; do
	ln -s "${link#*:}" "$WORK/odd/etc/systemd/system/${link%%:*}.service"
done
image_ext4 "$WORK/disk" 48 "$WORK/odd"
# A folder in itself, which mkdir(2) and link(2) refuse.
debugfs -w -R 'ln /srv/loop /srv/loop/inner/again' "$WORK/disk" 2>/dev/null
hostile "odd" 7
t_ok "odd: a folder in itself" found unreadable /srv/loop/inner/again
t_ok "odd: a file of 3 TiB" found unreadable /srv/huge '.reason | test("too large")'
t_ok "odd: a new line in a name" found unknown-file '/srv/a\x0ab'
t_ok "odd: an escape sequence in a name" found unknown-file '/srv/\x1b[2J\x1b[31mred'
t_fails "odd: neither is in what people read" grep -qP '\x1b' <(lazaretctl events patient)

t_note "file systems that their own kernel stops at"
image_ext4 "$WORK/disk" 48 "$TREE"
damage "$WORK/disk" "$(inode_at "$WORK/disk" /usr/bin/nproc)" 100
fails "panic" 'ended without a result'

t_note "partition tables"
image_new "$WORK/disk" 64
image_put "$WORK/disk" $((2048 * 512)) "$WORK/good"
table "2048 49152" "4096 65536" "200000 8192" "100000 4000000"
hostile "table" 4
t_ok "table: one overlaps with another" found unreadable /dev/xvda2 '.reason | test("overlaps")'
t_ok "table: one is not on the disk" found unreadable /dev/xvda3 '.reason | test("not on the disk")'
t_ok "table: one is cut off" found unreadable /dev/xvda4 '.reason | test("not all on the disk")'
image_ext4 "$WORK/disk" 48 "$TREE"
table "2048 8192"
fails "both" 'ext4 as well as partitions'

t_note "nothing that can be read"
image_random "$WORK/disk" 8
fails "random" 'no file system'
image_new "$WORK/disk" 8
fails "empty" 'no file system'

vm_wait neighbour trusted 10
