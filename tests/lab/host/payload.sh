# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What dom0 gets at each start, as a tar archive on a disk of its own: the guests' kernel and
# definitions, the test library, and the staged build. So none of it costs an image.

# payload_make GUEST_DIR FLASK STAGE: write the state directory's payload.tar.
payload_make() {
	local root guest=$1 flask=$2 stage=$3 cfg agent
	agent=$(agent_dir) || exit 1
	root=$(mktemp -d)
	cp -r --preserve=mode "$LAB_DIR/payload/." "$root/"
	mkdir -p "$root/lab/guest" "$root/lab/lib"
	cp "$guest/vmlinuz" "$guest/initrd" "$root/lab/guest/"
	cp "$LAB_DIR"/lib/*.sh "$root/lab/lib/"
	install -D -t "$root/usr/local/bin" "$agent/lab-guest" "$agent/lab-relabel"
	printf 'LAB_FLASK=%s\nLAB_MODULE=%s\n' "$flask" \
		"$([ -f "$guest/root/etc/modules-load.d/lazaret.conf" ] && echo yes || echo no)" \
		>"$root/lab/env"
	if [ "$flask" = yes ]; then
		for cfg in "$root"/etc/xen/lab/*.cfg; do
			echo 'seclabel = "system_u:system_r:lz_guest_t"' >>"$cfg"
		done
	fi
	payload_pack "$root" "$stage"
	rm -rf "$root"
}

# payload_pack ROOT STAGE: both trees into one archive. tar needs the end of the disk to be zeros,
# which its own padding to whole records gives.
payload_pack() {
	local tar=$LAB_STATE/payload.tar
	tar -c -f "$tar" --owner=0 --group=0 -C "$1" .
	[ -z "$2" ] || tar -r -f "$tar" --owner=0 --group=0 -C "$2" .
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
