# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian root trees, first-stage initramfs and disk images, for dom0 and guests alike.

# Parts of packages that a headless virtual machine never reads. They are left out by dpkg itself,
# so that the package database of the tree stays true.
readonly DEBIAN_EXCLUDE='/usr/share/doc/* /usr/share/man/* /usr/share/locale/* /usr/share/info/*
	/usr/share/lintian/* */kernel/postinst.d/initramfs-tools
	*/lib/modules/*/kernel/sound/*
	*/lib/modules/*/kernel/fs/btrfs/* */lib/modules/*/kernel/fs/xfs/*
	*/lib/modules/*/kernel/fs/ocfs2/* */lib/modules/*/kernel/fs/gfs2/*
	*/lib/modules/*/kernel/fs/ceph/* */lib/modules/*/kernel/fs/cifs/*
	*/lib/modules/*/kernel/fs/nfs/* */lib/modules/*/kernel/fs/nfsd/*
	*/lib/modules/*/kernel/fs/f2fs/* */lib/modules/*/kernel/fs/ubifs/*
	*/lib/modules/*/kernel/net/mac80211/* */lib/modules/*/kernel/net/bluetooth/*
	*/lib/modules/*/kernel/net/wireless/* */lib/modules/*/kernel/net/sctp/*'
# Directories below drivers/ of the kernel package that go the same way.
readonly DEBIAN_EXCLUDE_DRIVERS='gpu media infiniband isdn staging iio usb scsi hwmon mtd firewire
	gpio leds platform power mmc nfc bluetooth comedi message ata target mfd w1 pcmcia parport atm
	input video net/wireless net/ethernet net/usb net/can net/fddi net/hamradio net/wwan soundwire'

# debian_excludes: dpkg options for mmdebstrap.
debian_excludes() {
	local p
	set -f
	for p in $DEBIAN_EXCLUDE; do
		printf '%s\n' "--dpkgopt=path-exclude=$p"
	done
	for p in $DEBIAN_EXCLUDE_DRIVERS; do
		printf '%s\n' "--dpkgopt=path-exclude=*/lib/modules/*/kernel/drivers/$p/*"
	done
	set +f
}

# debian_tree DIR PACKAGES [DEBS [SUITE]]: a root tree of Debian 12, or of SUITE with its backports, with these
# packages and no more than they need. What was unpacked is kept in DEBS.
debian_tree() {
	local packages excludes sources=$1.sources debs=${3:-} suite=${4:-$LAB_SUITE}
	packages=$(tr -s ' \n\t' ',' <<<"$2" | sed 's/^,//; s/,$//')
	mapfile -t excludes < <(debian_excludes)
	apt_lines deb "$suite" >"$sources"
	mmdebstrap --mode=root --variant=apt --format=directory --include="$packages" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--skip=essential/unlink --skip=cleanup/apt/cache "${excludes[@]}" "$suite" "$1" - <"$sources"
	rm -f "$sources"
	if [ -n "$debs" ]; then
		mkdir "$debs"
		mv -t "$debs" "$1"/var/cache/apt/archives/*.deb
	fi
	rm -f "$1"/var/cache/apt/archives/*.deb "$1"/var/cache/apt/*.bin
}

# in_tree DIR CMD…: run a command with DIR as its root, with proc and dev, in name spaces of its own.
in_tree() {
	# shellcheck disable=SC2016
	unshare --mount --pid --fork sh -e -c '
		mount --make-rprivate /
		mount -t proc proc "$0/proc"
		mount --rbind /dev "$0/dev"
		mount -t tmpfs tmpfs "$0/tmp"
		exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
			DEBIAN_FRONTEND=noninteractive "$@"' "$@"
}

# tree_kernel DIR: the release of the one kernel in a tree.
tree_kernel() {
	basename "$(echo "$1"/lib/modules/*)"
}

# tree_finish DIR OVERLAY MASKED: put the overlay's files into the tree, mask units that a lab has
# no use for, and forget identities, so that every machine made from the image is the same.
tree_finish() {
	local unit
	cp -r --preserve=mode "$2/." "$1/"
	mkdir -p "$1/etc/systemd/system"
	for unit in $3; do
		ln -sf /dev/null "$1/etc/systemd/system/$unit"
	done
	echo lab >"$1/etc/hostname"
	printf '127.0.0.1 localhost\n10.77.0.1 dom0\n10.77.0.11 patient\n10.77.0.12 neighbour\n' \
		>"$1/etc/hosts"
	rm -f "$1/etc/resolv.conf"
	echo 4c617a6172657400000000000000001a >"$1/etc/machine-id"
}

# mask_generators TREE: none of systemd's generators finds anything to do in these trees.
mask_generators() {
	local f
	mkdir -p "$1/etc/systemd/system-generators"
	for f in "$1"/lib/systemd/system-generators/*; do
		ln -sf /dev/null "$1/etc/systemd/system-generators/$(basename "$f")"
	done
}

# make_initrd TREE OUT MODULES: busybox, those of the modules that this kernel has, with what they need in
# order, and an init that mounts root= and goes there.
make_initrd() {
	local tree=$1 out=$2 work kernel m file
	work=$(mktemp -d)
	kernel=$(tree_kernel "$tree")
	mkdir -p "$work"/{bin,m,proc,sys,dev,new}
	touch "$work/m/order"
	cp "$tree/bin/busybox" "$work/bin/"
	cp "$LAB_DIR/initrd/init" "$work/init"
	chmod 755 "$work/init"
	for m in $3; do
		chroot "$tree" modprobe -S "$kernel" --show-depends "$m" || echo "without $m" >&2
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/m/paths"
	while read -r file; do
		cp "$tree$file" "$work/m/"
		[[ $file != *.xz ]] || xz -d "$work/m/$(basename "$file")"
		basename "$file" .xz >>"$work/m/order"
	done <"$work/m/paths"
	rm "$work/m/paths"
	(cd "$work" && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc --quiet) |
		gzip -1n >"$out"
	rm -rf "$work"
}

# make_disk TREE OUT SPARE_MIB: an ext4 image of the tree with that much free space.
make_disk() {
	local used
	used=$(du -sm --apparent-size "$1" | cut -f1)
	# One tenth for metadata and the rounding of small files to blocks.
	mke2fs -q -t ext4 -J size=16 -m 0 -d "$1" "$2" "$((used + used / 10 + $3))M"
}

# unpack_kernel VMLINUZ OUT: the kernel itself (ELF) out of its compressed image, because
# decompression takes an emulated dom0 longer than all the rest of a guest's start.
unpack_kernel() {
	unpack_stream "$1" "$2" '\xfd7zXZ\x00' xz || unpack_stream "$1" "$2" '\x28\xb5\x2f\xfd' zstd || cp "$1" "$2"
}

# unpack_stream FILE OUT MAGIC PROGRAM: an ELF file out of the first stream in FILE that begins with MAGIC.
unpack_stream() {
	local at
	at=$(LC_ALL=C grep -abo -P "$3" "$1" | head -n 1 | cut -d: -f1) || true
	[ -n "$at" ] || return
	# The programs complain of what follows their stream; whether they did their work is seen in the result.
	tail -c +$((at + 1)) "$1" | "$4" -dc >"$2" 2>/dev/null || true
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ]
}
