# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guests' first layer: a real Debian with compiler and kernel headers, and nothing of ours.

readonly GUEST_PACKAGES='systemd systemd-sysv udev kmod dkms
	iproute2 iputils-ping procps xenstore-utils busybox-static tpm2-tools ima-evm-utils
	openssl'

readonly GUEST_MODULES='xen-blkfront xen-netfront crc32c_generic jbd2 mbcache crc16 ext4'

# build_guestbase DIR: the tree with Debian's packages, the packages, the kernel and its initramfs
# for xl.
build_guestbase() {
	debian_tree "$1/root" "$GUEST_PACKAGES $(kernel_packages)" "$1/debs" "$(kernel_suite)"
	unpack_kernel "$(echo "$1"/root/boot/vmlinuz-*)" "$1/vmlinuz"
	make_initrd "$1/root" "$1/initrd" "$GUEST_MODULES"
}

# guestbase_dir: print its cache directory.
guestbase_dir() {
	cached "$(base_kind guestbase)" "$(hash_of tests/lab/host/guestbase.sh \
		tests/lab/host/debian.sh tests/lab/host/kernel.sh tests/lab/initrd)" build_guestbase
}
