#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel of a guest is upgraded while it runs, by Debian's packages; dkms compiles our module for it there
# (LAB_GUEST=package). It reboots, the same VM with the same TPM: announced, it is trusted by itself; if not, it is in
# danger until an operator has looked.
. "${LAB_LIB:-/lab/lib}/lab.sh"

if [ ! -d /lab/next ]; then
	t_skip "an upgrade of a guest's kernel" "this lab's guests have no other kernel to come; LAB_GUEST=package"
	exit 0
fi
readonly PACKS=/etc/lazaret/packs POLICY=/etc/lazaret/upgrade.policy NV=0x1500064
readonly UPGRADE_LIMIT=2000 # seconds: the emulator compiles for minutes
t_cleanup rm -rf "$IMAGE_WORK"
t_cleanup guest_restage patient
t_cleanup daemon_stop

release_of_kernel() {
	guest_run patient uname -r
}

# with_policy PACK…: a fresh controller, that judges by these.
with_policy() {
	printf '[packs]\n' >"$POLICY"
	printf "golden = $PACKS/%s.pack\n" "$@" >>"$POLICY"
	daemon_fresh 'vtpm = yes' 'challenge = 5' 'stale = 60' 'lost = 120'
	sed -i "s,^pack = .*,policy = $POLICY," "$DAEMON_CONF"
	lazaretctl reload
}

# kernel_is old|new: what xl gives the VM at its next start.
kernel_is() {
	# shellcheck disable=SC2034 # read by guest_create
	case $1 in
	old) GUEST_XL=() ;;
	new) GUEST_XL=('kernel="/lab/next/vmlinuz"' 'ramdisk="/lab/next/initrd"') ;;
	esac
}

# enrolled TYPE: the VM runs with the old kernel, as it has for long.
enrolled() {
	kernel_is old
	t_ok "$1: a guest starts" guest_start patient "$1" || t_bail "no guest"
	wait_for 60 "$1: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$1: its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
}

# upgraded: it runs the other kernel, with our module, and its proof is its TPM's.
upgraded() {
	t_like "$1: it has the other kernel" "$(release_of_kernel)" '^6\.12'
	t_ok "$1: our module is loaded, of dkms" guest_run patient \
		'grep -q "^lazaret " /proc/modules && modinfo -n lazaret | grep -q "/6\.12.*/updates/"'
	t_ok "$1: it measures by the package's policy" test "$(guest_records patient)" -gt 30
	vm_wait patient trusted 120
	t_is "$1: by its TPM" "$(vm_get patient .evidence)" tpm
	t_is "$1: with every record" "$(vm_get patient '[.found[] | select(.danger)] | length')" 0
}

# packages_arrive: on a disk that comes while the guest runs, as they would from a mirror.
packages_arrive() {
	local size loop
	size=$(du -sm /lab/next/debs | cut -f1)
	mkdir -p "$IMAGE_WORK" && image_ext4 "$IMAGE_WORK/debs.img" $((size + size / 10 + 8)) /lab/next/debs || return
	loop=$(losetup -f --show "$IMAGE_WORK/debs.img")
	xl block-attach patient "format=raw,vdev=xvdb,access=ro,script=/lab/bin/lab-block,target=$loop"
	wait_until 60 guest_run patient 'mount -o ro /dev/xvdb /mnt'
}

t_note "a guest is upgraded"
t_ok "the controller starts" with_policy guest
enrolled pvh
old=$(release_of_kernel)
t_like "it has the old kernel" "$old" '^6\.1\.'
t_ok "it keeps something in its TPM" guest_run patient -t 120 \
	"tpm2_nvdefine -s 32 $NV && echo heirloom >/run/s && tpm2_nvwrite -i /run/s $NV"
for pack in next-kernel next-site; do
	t_ok "from now on $pack is golden" lazaretctl golden rollout "$POLICY" "$PACKS/$pack.pack"
done
t_ok "the packages are there" packages_arrive
began=$SECONDS
t_ok "they are installed in the running guest" guest_run patient -t "$UPGRADE_LIMIT" \
	'DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/*.deb >/run/dpkg.log 2>&1 || { tail -n 20 /run/dpkg.log; exit 1; }; sync' ||
	t_bail "no upgrade"
t_note "which took $((SECONDS - began)) s here"
t_ok "dkms has built the module for the new kernel there" guest_run patient \
	'dkms status lazaret | grep "6\.12.*: installed"'
t_ok "and has kept that for the old one" guest_run patient "dkms status lazaret | grep '$old.*: installed'"
vm_wait patient trusted 120
t_is "all that did this is golden" "$(vm_get patient '.found | length')" 0
guest_run patient umount /mnt
xl block-detach patient xvdb
losetup -d "$(losetup -nO NAME -j "$IMAGE_WORK/debs.img")"

t_note "it reboots, and that was announced"
t_ok "the new start is enrolled beforehand" lazaretctl enrol patient --kernel /lab/next/vmlinuz \
	--initrd /lab/next/initrd
guest_shutdown patient
kernel_is new
t_ok "it starts again" guest_start patient pvh || t_bail "no guest"
upgraded pvh
t_is "pvh: its TPM is the same one" "$(guest_run patient "tpm2_nvread -s 8 $NV")" heirloom
t_ok "the old kernel's time is over" lazaretctl enrol --only patient
guest_shutdown patient
kernel_is old
t_ok "it starts with the old one" guest_create patient pvh
vm_wait patient danger 90
t_like "which is told" "$(vm_get patient .reason)" 'started with another kernel .*initramfs .* than enrolled'
wait_for 60 "it is contained" cut_off patient
guest_stop patient

t_note "another VM of the same disk, whose reboot nobody announced"
t_ok "the controller starts" with_policy guest next-kernel next-site
enrolled pv
guest_shutdown patient
kernel_is new
t_ok "it starts with the new kernel" guest_create patient pv
vm_wait patient danger 90
t_like "which is told" "$(vm_get patient .reason)" 'started with another kernel .*initramfs .* than enrolled'
wait_for 60 "it is contained" cut_off patient
t_ok "it runs, cut off" guest_wait patient
t_ok "an operator has looked, and enrols it" lazaretctl enrol patient
t_ok "and releases it" lazaretctl release patient --reason "the kernel's upgrade"
upgraded pv
wait_for 60 "its network is back" eval '! cut_off patient'
