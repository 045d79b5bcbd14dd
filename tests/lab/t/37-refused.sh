#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where the module has nothing to watch, or nobody to tell, it is not loaded and says why: in a guest whose
# kernel has no IMA, in dom0, and in a machine that is no guest of Xen's.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly MODULE=/run/lazaret.ko ALONE=/run/alone ALONE_LOG=/var/log/xen/console/alone.log
t_cleanup guest_stop patient
t_cleanup guest_stop alone
t_cleanup daemon_stop
t_cleanup rm -rf "$MODULE" "$ALONE"

# alone_create: a VM whose kernel does not look for Xen, and whose first and only program loads the module.
alone_create() {
	mkdir -p "$ALONE/tree/bin" "$ALONE/tree/dev"
	cp /bin/busybox "$ALONE/tree/bin/"
	[ ! -f "$MODULE" ] || cp "$MODULE" "$ALONE/tree/"
	printf '%s\n' '#!/bin/busybox sh' '/bin/busybox insmod /lazaret.ko' '/bin/busybox poweroff -f' >"$ALONE/tree/init"
	chmod 755 "$ALONE/tree/init"
	(cd "$ALONE/tree" && find . | busybox cpio -o -H newc) >"$ALONE/initrd"
	# A kernel of ours has no driver for a serial port, and prints there without one.
	printf '%s\n' 'name="alone"' 'type="hvm"' 'memory=256' 'kernel="/lab/guest/bzImage"' "ramdisk=\"$ALONE/initrd\"" \
		'extra="earlyprintk=serial,ttyS0,115200,keep xen_nopv mitigations=off quiet"' "serial=\"file:$ALONE_LOG\"" 'vga="none"' 'vnc=0' \
		'on_poweroff="destroy"' 'on_crash="destroy"' >"$ALONE/cfg"
	grep '^seclabel' /etc/xen/lab/patient.cfg >>"$ALONE/cfg"
	rm -f "$ALONE_LOG"
	xl create -q "$ALONE/cfg"
}

t_ok "the controller starts" daemon_fresh 'stale = 6' 'lost = 12' 'challenge = 2'

t_note "a kernel without IMA"
t_ok "a guest starts" guest_start patient pvh initcall_blacklist=init_ima || t_bail "no guest"
t_fails "its kernel has no list" guest_run patient test -e /sys/kernel/security/ima
t_fails "the module is not there" guest_run patient test -e /sys/kernel/security/lazaret
t_like "it says why" "$(guest_run patient dmesg)" 'lazaret: not loaded: this kernel has no IMA measurement list'
vm_wait patient unknown
t_like "dom0 says so too" "$(vm_get patient .reason)" 'no channel'

if [ "$LAB_MODULE" != builtin ]; then
	t_note "dom0"
	t_ok "dom0 gets the guest's module" guest_get patient "$(guest_run patient modinfo -n lazaret)" "$MODULE"
	if [ "$(guest_run patient uname -r)" = "$(uname -r)" ]; then
		t_fails "it is not loaded there" insmod "$MODULE"
		t_like "it says why" "$(dmesg | tail)" 'lazaret: not loaded: this is dom0'
	else
		t_skip "it is not loaded there" "dom0 has another kernel than this lab's guests"
	fi
fi

t_note "no guest of Xen's"
t_ok "a machine starts that does not know of Xen" alone_create
wait_for 300 "it ends by itself" guest_gone alone
t_like "it has the reason on its console" "$(tr -d '\r' <"$ALONE_LOG")" 'lazaret: not loaded: this is no Xen guest'
