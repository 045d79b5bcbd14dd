# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What dom0 gets at each start, as a disk of its own that it mounts on /lab: the guests' kernel and
# definitions, the remedy domain's image, the lab's programs and test library, and the staged build. So none of it costs an
# image.

# Free space on that disk, for test files and what tests leave.
readonly PAYLOAD_SPARE_MIB=100

# Memory of a guest in MiB whose kernel looks for mistakes, which takes memory. Such a kernel is not quiet.
readonly DEBUG_MEMORY=512

# Processors of each guest.
LAB_VCPUS=${LAB_VCPUS:-1}

# payload_make GUEST_DIR FLASK STAGE: write the state directory's payload.img.
payload_make() {
	local root guest=$1 flask=$2 stage=$3 cfg agent module=no
	agent=$(agent_dir) || exit 1
	root=$(mktemp -d)
	cp -r --preserve=mode "$LAB_DIR/payload/." "$root/"
	mkdir -p "$root"/{guest,lib,bin,t}
	cp "$guest/vmlinuz" "$guest/bzImage" "$guest/initrd" "$root/guest/"
	[ ! -d "$guest/next" ] || payload_next "$guest/next" "$root/next"
	cp "$LAB_DIR"/lib/*.sh "$root/lib/"
	install -t "$root/bin" "$agent/lab-guest" "$agent/lab-relabel"
	install "$agent/lab-hotplug" "$root/bin/lab-block"
	install "$agent/lab-hotplug" "$root/bin/lab-vif"
	if kernel_is_signed; then
		module=signed
	elif kernel_is_ours; then
		module=builtin
	elif [ "$LAB_GUEST" = package ]; then
		module=package
	elif [ -f "$guest/root/etc/modules-load.d/lazaret.conf" ]; then
		module=yes
	fi
	printf 'LAB_FLASK=%s\nLAB_MODULE=%s\nLAB_KERNEL=%s\nLAB_VCPUS=%s\n' "$flask" "$module" \
		"$LAB_KERNEL" "$LAB_VCPUS" >"$root/env"
	sed -i "s/^vcpus = .*/vcpus = $LAB_VCPUS/" "$root"/xen/*.cfg
	if [[ $LAB_KERNEL == *-debug ]]; then
		sed -i "s/^memory = .*/memory = $DEBUG_MEMORY/; s/^\(extra = .*\) quiet /\1 loglevel=5 /" "$root"/xen/*.cfg
	fi
	if [ "$flask" = yes ]; then
		for cfg in "$root"/xen/*.cfg; do
			echo 'seclabel = "system_u:system_r:lz_guest_t"' >>"$cfg"
		done
	fi
	[ -z "$stage" ] || remedy_put_all "$stage" "$root"
	[ -z "$stage" ] || tar -c -f "$root/stage.tar" --owner=0 --group=0 -C "$stage" .
	rm -f "$LAB_STATE/payload.img"
	make_disk "$root" "$LAB_STATE/payload.img" "$PAYLOAD_SPARE_MIB"
	rm -rf "$root"
}

# payload_next FROM TO: what the guest can be upgraded with, and be started with then.
payload_next() {
	mkdir "$2"
	cp -r "$1/vmlinuz" "$1/initrd" "$1/debs" "$2/"
}

# payload_activate: let dom0's systemd see what the staged build brought.
payload_activate() {
	vm_ssh 'systemd-sysusers; systemd-tmpfiles --create --exclude-prefix=/dev 2>/dev/null
		ldconfig; systemctl daemon-reload'
}

# payload_stage DIR: put a staged build into a dom0 that runs already.
payload_stage() {
	tar -c --owner=0 --group=0 -C "$1" . |
		vm_ssh 'tar -C / -x --keep-directory-symlink --no-same-owner' && payload_activate
}
