# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guests' image: the base (guestbase.sh) with the lab's files and with the module, installed by
# dkms as an operator would do it.

# Units that a lab has no use for and that cost the emulator seconds.
readonly GUEST_MASKED='systemd-network-generator.service systemd-networkd.service
	systemd-networkd-wait-online.service systemd-resolved.service systemd-logind.service
	systemd-timesyncd.service systemd-random-seed.service systemd-hwdb-update.service
	systemd-journal-flush.service systemd-journal-catalog-update.service
	systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-binfmt.service
	systemd-pstore.service systemd-firstboot.service systemd-machine-id-commit.service
	systemd-repart.service systemd-sysusers.service ldconfig.service dkms.service
	systemd-ask-password-console.path systemd-ask-password-wall.path systemd-initctl.socket
	kmod-static-nodes.service getty-static.service getty@.service serial-getty@.service
	console-getty.service e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer
	dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-tmpfiles-clean.timer
	dev-hugepages.mount dev-mqueue.mount sys-kernel-config.mount sys-kernel-debug.mount
	sys-kernel-tracing.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount
	modprobe@drm.service modprobe@fuse.service modprobe@efi_pstore.service
	modprobe@dm_mod.service modprobe@loop.service modprobe@configfs.service'

# Free space of a guest's disk: little, because a cure copies the whole disk.
readonly GUEST_SPARE_MIB=120

# The kernel that a guest with our package can be upgraded to, and the space that this takes there.
readonly GUEST_NEXT_KERNEL=6.12 GUEST_NEXT_MIB=260

# guest_module_sources: the files of the module's dkms source tree, relative to the project. Build
# results of the working tree are no part of it.
guest_module_sources() {
	(cd "$LAB_TREE" && find kmod include dkms.conf Kconfig -type f ! -name '.*' ! -name '*.o' \
		! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name Module.symvers \
		! -name modules.order 2>/dev/null | LC_ALL=C sort)
}

# guest_ima_policy: the measurement policy that goes into the guest.
guest_ima_policy() {
	local f
	for f in "$LAB_TREE/policy/ima/ima-policy" "$LAB_TREE"/policy/ima/*.policy \
		"$LAB_DIR/guest.ima-policy"; do
		[ -f "$f" ] && break
	done
	printf '%s\n' "$f"
}

# guest_install_module ROOT: the module by dkms, loaded at each boot.
guest_install_module() {
	local root=$1 name version src kernel
	name=$(sed -n 's/^PACKAGE_NAME="\?\([^"]*\)"\?/\1/p' "$LAB_TREE/dkms.conf")
	version=$(sed -n 's/^PACKAGE_VERSION="\?\([^"]*\)"\?/\1/p' "$LAB_TREE/dkms.conf")
	kernel=$(tree_kernel "$root")
	src=$root/usr/src/$name-$version
	mkdir -p "$src"
	guest_module_sources | tar -c -C "$LAB_TREE" -T - | tar -x -C "$src" --no-same-owner
	in_tree "$root" dkms add -m "$name" -v "$version"
	in_tree "$root" dkms build -m "$name" -v "$version" -k "$kernel" || {
		cat "$root/var/lib/dkms/$name/$version/build/make.log"
		return 1
	}
	in_tree "$root" dkms install -m "$name" -v "$version" -k "$kernel"
	echo lazaret >"$root/etc/modules-load.d/lazaret.conf"
}

# build_agent DIR: the lab's own programs, for guest and dom0.
build_agent() {
	make -C "$LAB_DIR/agent" O="$1"
}

# agent_dir: print their cache directory.
agent_dir() {
	cached agent "$(hash_of tests/lab/agent)" build_agent
}

# guest_package: «make deb»'s package for guests.
guest_package() {
	find "$LAB_TREE/build/deb" -name "lazaret-dkms_*.deb" 2>/dev/null | grep . ||
		die "there is no package for guests: make deb"
}

# guest_install_package ROOT: the same and the policy, from the package alone.
guest_install_package() {
	cp "$(guest_package)" "$1/root/lazaret-dkms.deb"
	in_tree "$1" dpkg -i /root/lazaret-dkms.deb
	rm "$1/root/lazaret-dkms.deb"
}

# guest_next_debs DEBS BASE NEXT: fills DEBS with what apt would install for another kernel: the packages that a
# guest of NEXT has, and one of BASE has not.
guest_next_debs() {
	local deb
	mkdir -p "$1"
	for deb in "$3"/debs/*.deb; do
		[ -e "$2/debs/$(basename "$deb")" ] || cp "$deb" "$1/"
	done
}

# guest_upgrade ROOT DEBS: installs them; dkms builds the module for that kernel by itself.
guest_upgrade() {
	cp -r "$2" "$1/root/next"
	in_tree "$1" sh -c 'dpkg -i /root/next/*.deb'
	rm -r "$1/root/next"
}

# guest_next DIR BASE NEXT: what DIR's guest becomes by an upgrade of its kernel, in DIR/next: root/, of which golden
# values are taken, debs/, and what xl is given.
guest_next() {
	guest_next_debs "$1/next/debs" "$2" "$3"
	cp "$3/vmlinuz" "$3/initrd" "$1/next/"
	cp -a --reflink=auto "$1/root" "$1/next/root"
	guest_upgrade "$1/next/root" "$1/next/debs"
}

# guest_install_kernel DIR KERNEL: a kernel that has it all, started without Debian's drivers. Where Lazaret
# is a module of it, that is loaded at each boot, and the operator's key is where dkms keeps one.
guest_install_kernel() {
	cp -a "$2/modules/lib/modules/." "$1/root/lib/modules/"
	if kernel_is_signed; then
		echo lazaret >"$1/root/etc/modules-load.d/lazaret.conf"
		install -m 600 "$2/mok.key" "$1/root/var/lib/dkms/mok.key"
		openssl x509 -in "$2/mok.pem" -outform DER -out "$1/root/var/lib/dkms/mok.pub"
	fi
	cp "$2/vmlinuz" "$2/bzImage" "$1/"
	make_initrd "$1/root" "$1/initrd" ''
}

# guest_keep_initrd DIR: the initramfs in /boot as well, where a system keeps its own.
guest_keep_initrd() {
	install -m 644 "$1/initrd" "$1/root/boot/initrd.img-$(tree_kernel "$1/root")"
}

# build_guest DIR BASE AGENT KERNEL NEXT: fill DIR with root/ (what golden values are taken from), disk.img,
# and the kernel and initramfs that xl is given: vmlinuz, and bzImage for HVM guests, whose firmware boots it.
# KERNEL is empty for Debian's, NEXT where there is none to upgrade to.
build_guest() {
	local spare=$GUEST_SPARE_MIB
	cp -a --reflink=auto "$2/root" "$1/root"
	tree_finish "$1/root" "$LAB_DIR/guest" "$GUEST_MASKED"
	install -D "$3/lab-agent" "$1/root/usr/local/sbin/lab-agent"
	mask_generators "$1/root"
	in_tree "$1/root" systemctl enable lab-agent
	if [ "$LAB_GUEST" = package ]; then
		guest_install_package "$1/root"
	else
		install -D -m 644 "$(guest_ima_policy)" "$1/root/etc/ima/ima-policy"
		[ -n "$4" ] || guest_install_module "$1/root"
	fi
	if [ -n "$4" ]; then
		guest_install_kernel "$1" "$4"
	else
		cp "$2/vmlinuz" "$2/initrd" "$1/"
		cp "$1"/root/boot/vmlinuz-* "$1/bzImage"
	fi
	guest_keep_initrd "$1"
	if [ -n "$5" ]; then
		guest_next "$1" "$2" "$5"
		spare=$((spare + GUEST_NEXT_MIB))
	fi
	make_disk "$1/root" "$1/disk.img" "$spare"
}

# guest_dir: print the guest's cache directory, building what is needed.
guest_dir() {
	local base agent sources kernel='' next=''
	mapfile -t sources < <(guest_module_sources)
	base=$(guestbase_dir) || exit 1
	agent=$(agent_dir) || exit 1
	if kernel_is_ours; then
		kernel=$(kernel_dir) || exit 1
		mapfile -t -O "${#sources[@]}" sources < <(kernel_recipe && echo scripts/integrate-kernel)
	fi
	if [ "$LAB_GUEST" = package ]; then
		sources=("$(guest_package)") || exit 1
		[ "$LAB_KERNEL" != 6.1 ] || next=$(export LAB_KERNEL=$GUEST_NEXT_KERNEL && guestbase_dir) || exit 1
	fi
	cached "$(kernel_kind "guest${LAB_GUEST#source}")" "$(hash_of tests/lab/host/guest.sh tests/lab/host/guestbase.sh \
		tests/lab/host/debian.sh tests/lab/host/kernel.sh tests/lab/guest \
		tests/lab/agent/agent.c tests/lab/agent/wire.h tests/lab/initrd tests/lab/guest.ima-policy policy/ima \
		"${sources[@]}")" build_guest "$base" "$agent" "$kernel" "$next"
}
