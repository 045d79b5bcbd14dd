# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# dom0's image: Debian 12 with Xen's tools and what lazaretd links with. Nothing of ours is in it:
# what changes often comes in when the lab starts (payload.sh).

readonly DOM0_PACKAGES='systemd systemd-sysv udev kmod linux-image-amd64 busybox-static
	openssh-server xen-utils-4.17 xenstore-utils bridge-utils iproute2 tcpdump iputils-ping sqlite3
	jq procps strace swtpm e2fsprogs xfsprogs dosfstools mtools lvm2 cryptsetup-bin fdisk zstd
	qemu-system-xen
	libevent-2.1-7 libsqlite3-0 libjansson4 libinih1 libarchive13 libseccomp2 libssl3 libcdb1
	libxenmisc4.17 libxencall1 libxenevtchn1 libxengnttab1 libxenstore4 libxentoollog1
	libxenforeignmemory1 libxendevicemodel1 libxentoolcore1 libxenhypfs1
	libtss2-mu0 libtss2-esys-3.0.2-0 libtss2-tctildr0 libtss2-rc0 libext2fs2 libblkid1 libcom-err2'

# Units that a lab has no use for. lab-up does in one process what the first lines of them do.
readonly DOM0_MASKED='systemd-modules-load.service systemd-sysctl.service systemd-sysusers.service
	systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service systemd-remount-fs.service
	systemd-network-generator.service systemd-networkd.service systemd-resolved.service
	systemd-user-sessions.service systemd-logind.service systemd-timesyncd.service
	systemd-random-seed.service systemd-hwdb-update.service systemd-journal-flush.service
	systemd-journal-catalog-update.service systemd-update-utmp.service
	systemd-update-utmp-runlevel.service systemd-binfmt.service systemd-pstore.service
	systemd-firstboot.service systemd-machine-id-commit.service systemd-repart.service
	systemd-ask-password-console.path systemd-ask-password-wall.path systemd-initctl.socket
	kmod-static-nodes.service ldconfig.service procps.service getty-static.service
	getty@.service serial-getty@.service console-getty.service apparmor.service
	xendomains.service e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer
	lvm2-monitor.service lvm2-lvmpolld.socket dm-event.socket blk-availability.service
	xfs_scrub_all.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-tmpfiles-clean.timer
	dev-hugepages.mount dev-mqueue.mount sys-kernel-config.mount sys-kernel-debug.mount
	sys-kernel-tracing.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount
	modprobe@drm.service modprobe@fuse.service modprobe@efi_pstore.service
	modprobe@dm_mod.service modprobe@loop.service modprobe@configfs.service'

# In this order: the DMA setup of the disk and of its file system.
readonly DOM0_MODULES='virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
	virtio_blk crc32c_generic jbd2 mbcache crc16 ext4'

# Free space of dom0's disk, for logs, journals and copies.
readonly DOM0_SPARE_MIB=700

# build_dom0 DIR: fill DIR with disk.img, vmlinuz, initrd and the key that opens dom0.
build_dom0() {
	local root=$1/root
	debian_tree "$root" "$DOM0_PACKAGES"
	tree_finish "$root" "$LAB_DIR/dom0" "$DOM0_MASKED"
	ssh-keygen -q -t ed25519 -N '' -C lab -f "$1/key"
	install -d -m 700 "$root/root/.ssh"
	install -m 600 "$1/key.pub" "$root/root/.ssh/authorized_keys"
	mkdir -p "$root/lab"
	mask_generators "$root"
	in_tree "$root" systemctl enable ssh lab-up xen
	unpack_kernel "$(echo "$root"/boot/vmlinuz-*)" "$1/vmlinuz"
	make_initrd "$root" "$1/initrd" "$DOM0_MODULES"
	make_disk "$root" "$1/disk.img" "$DOM0_SPARE_MIB"
	rm -rf "$root"
}

# dom0_dir: print dom0's cache directory, building it when needed.
dom0_dir() {
	cached dom0 "$(hash_of tests/lab/host/dom0.sh tests/lab/host/debian.sh tests/lab/dom0 \
		tests/lab/initrd)" build_dom0
}
