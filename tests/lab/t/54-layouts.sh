#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks of every layout that a remedy domain reads, with a small tree on them; what it does not read is told
# of; one of them is repaired. The patient is never run: only its disk matters.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly WORK=$IMAGE_WORK STORE=/var/tmp/lab-store
readonly TREE=$WORK/tree PACK=$STORE/tree.pack BOOT_UUID=4c617a61-7265-7400-8000-0000000000b0

# tree: a system with programs, a kernel and data. Its fstab names devices in all the ways that there are.
tree() {
	local name
	rm -rf "$WORK" "$STORE"
	mkdir -p "$TREE"/{etc,usr/bin,boot/efi/EFI,srv/data,dev,proc}
	for name in cat cp cut date dd du id ls mv nl od pr rm seq tac tee; do
		cp "/usr/bin/$name" "$TREE/usr/bin/" 2>/dev/null || cp "/bin/$name" "$TREE/usr/bin/"
	done
	for name in boot/vmlinuz boot/efi/EFI/loader.efi srv/data/one srv/data/two; do
		echo "the content of $name" >"$TREE/$name"
	done
	cat >"$TREE/etc/fstab" <<-END
		# file systems
		UUID="$BOOT_UUID" /boot ext4 defaults 0 2
		PARTLABEL=esp /boot/efi/ vfat umask=0077 0 1
		/dev/mapper/lab-root / ext4 errors=remount-ro 0 1
		/dev/lab/srv //srv/. xfs defaults 0 2
		/dev/vda1 / ext4 errors=remount-ro 0 1
		/dev/vda2 none swap sw 0 0
		proc /proc proc defaults 0 0
	END
	mkdir -p "$STORE/packages"
	tar -C "$TREE" -cf "$STORE/packages/site.tar" usr boot srv
	lazaretctl golden build --root "$TREE" -o "$PACK"
}

config() {
	daemon_stop
	rm -rf "$DAEMON_STATE"
	cat >"$DAEMON_CONF" <<-END
		[lazaretd]
		events-file = /var/log/lazaret.ndjson
		remedy-image = /lab/remedy
		[vm $(guest_uuid patient)]
		pack = $PACK
		cure = repair
		boot-limit = 30
		remedy-packages = $STORE/packages
		remedy-memory = 384
		remedy-limit = 900
	END
}

files() {
	find "$1" -type f | wc -l
}

# part FOLDER…: the tree without these, which are empty there: they have file systems of their own.
part() {
	local name
	rm -rf "$WORK/part" && cp -a "$TREE" "$WORK/part"
	for name; do rm -rf "${WORK:?}/part/$name" && mkdir -p "$WORK/part/$name"; done
}

# result DESC STATUS FINDINGS: a scan of the patient's disk, with so many findings.
result() {
	t_is "$1: exit status" "$(scan)" "$2"
	t_is "$1: findings" "$(scan_says .found)" "$3" || t_note "$(cat "$REMEDY_WORK/out" "$REMEDY_WORK/err")"
	t_ok "$1: the remedy domain is gone, and its loop devices" remedy_gone "$WORK"
	t_note "$1: $(jq -c '{files, bytes}' "$REMEDY_WORK/out") $(lazaretctl --json show patient |
		jq -c '[.vm.steps[] | select(.transaction == "scan") | {(.step): .ms}] | add')"
}

# server DISK TREE: GPT with a boot loader's partition, an ESP, /boot, and the rest in LVM.
server() {
	local from=$2
	image_new "$1" 400
	sfdisk -q "$1" <<-END
		label: gpt
		size=1MiB, type=21686148-6449-6E6F-744E-656564454649
		size=34MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
		size=32MiB, type=linux, name=boot
		type=E6D6D379-F507-44C2-A23C-238F2A3DF928
	END
	image_random "$WORK/loader" 1
	image_new "$WORK/esp" 34 && mkfs.vfat -n ESP "$WORK/esp" >/dev/null
	mcopy -s -i "$WORK/esp" "$from"/boot/efi/* ::/
	cp -a "$from/boot" "$WORK/boot" && rm -rf "$WORK"/boot/efi/*
	image_ext4 "$WORK/boot.img" 32 "$WORK/boot" -U "$BOOT_UUID"
	cp -a "$from" "$WORK/root" && rm -rf "$WORK"/root/boot/* "$WORK"/root/srv/*
	image_ext4 "$WORK/lvm.root" 48 "$WORK/root"
	image_xfs "$WORK/lvm.srv" 96 "$from/srv"
	image_lvm "$WORK/lvm" 300
	image_put "$1" "$(image_part "$1" 1)" "$WORK/loader"
	image_put "$1" "$(image_part "$1" 2)" "$WORK/esp"
	image_put "$1" "$(image_part "$1" 3)" "$WORK/boot.img"
	image_put "$1" "$(image_part "$1" 4)" "$WORK/lvm"
	rm -rf "${WORK:?}"/{loader,esp,boot,boot.img,root,lvm,lvm.*}
}

# dirty_xfs FILE: as a guest leaves it whose power fails: a program of its last second is in the log alone. The
# kernel of dom0 has no xfs; that of the remedy domain is the same.
dirty_xfs() {
	local dir=/run/lab-xfs
	mkdir -p "$dir/mnt"
	zstd -dcq /lab/remedy/initrd | (cd "$dir" && busybox cpio -idm '*/xfs.ko' 2>/dev/null)
	modprobe libcrc32c && insmod "$(find "$dir" -name xfs.ko)" && mount -o loop "$1" "$dir/mnt" || return
	printf '#!/bin/sh\n' >"$dir/mnt/usr/bin/late" && chmod 755 "$dir/mnt/usr/bin/late"
	xfs_io -c fsync "$dir/mnt/usr/bin/late" && xfs_io -x -c shutdown "$dir/mnt"
	umount "$dir/mnt"
}

t_cleanup rm -rf "$WORK" "$STORE"
t_cleanup image_patient_end
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
modprobe loop
disk_script
t_ok "a small system, and its golden pack" tree
config
t_ok "the controller starts" daemon_start

t_note "xfs on the whole disk, whose log is yet to be replayed"
image_xfs "$WORK/disk" 96 "$TREE"
t_ok "it was in use" dirty_xfs "$WORK/disk"
t_ok "it is the patient's" image_patient "$WORK/disk"
result "xfs" 6 1
t_ok "xfs: what is in its log is seen" found unknown-file /usr/bin/late
t_is "xfs: files" "$(scan_says .files)" $(($(files "$TREE") + 1))

t_note "GPT, a boot loader, an ESP, /boot, and LVM"
t_ok "such a disk" server "$WORK/disk" "$TREE"
t_ok "it is the patient's" image_patient "$WORK/disk"
result "server" 0 0
t_is "server: clean" "$(scan_says .result)" clean
t_is "server: files" "$(scan_says .files)" "$(files "$TREE")"
t_fails "dom0 has none of its volumes" ls /dev/mapper/lab-root

t_note "a partition table of DOS, and swap"
image_new "$WORK/disk" 96
printf 'label: dos\nsize=48MiB\ntype=swap\n' | sfdisk -q "$WORK/disk"
image_ext4 "$WORK/one" 48 "$TREE"
image_new "$WORK/two" 40 && mkswap "$WORK/two" >/dev/null 2>&1
image_put "$WORK/disk" "$(image_part "$WORK/disk" 1)" "$WORK/one"
image_put "$WORK/disk" "$(image_part "$WORK/disk" 2)" "$WORK/two"
t_ok "it is the patient's" image_patient "$WORK/disk"
result "DOS" 0 0
t_is "DOS: files" "$(scan_says .files)" "$(files "$TREE")"

t_note "LUKS, and LVM in there"
cp -a "$TREE" "$WORK/root" && rm -rf "$WORK"/root/srv/*
image_ext4 "$WORK/lvm.root" 64 "$WORK/root"
image_xfs "$WORK/lvm.srv" 96 "$TREE/srv"
image_lvm "$WORK/lvm" 200
echo secret >"$WORK/key"
image_new "$WORK/disk" 240
printf 'label: dos\nsize=224MiB\n' | sfdisk -q "$WORK/disk"
t_ok "it is encrypted" image_luks "$WORK/one" 220 "$WORK/lvm" "$WORK/key"
image_put "$WORK/disk" "$(image_part "$WORK/disk" 1)" "$WORK/one"
rm -rf "$WORK"/{root,lvm,lvm.*}
t_ok "it is the patient's" image_patient "$WORK/disk"
t_is "LUKS without a key: exit status" "$(scan)" 1
t_like "LUKS without a key: it says why" "$(cat "$REMEDY_WORK/err")" 'no remedy-key'
echo "remedy-key = $WORK/key" >>"$DAEMON_CONF"
t_ok "the configuration is read again" lazaretctl reload
result "LUKS" 0 0
t_is "LUKS: files" "$(scan_says .files)" "$(files "$TREE")"
echo another >"$WORK/key"
t_is "LUKS with another key: exit status" "$(scan)" 1
t_like "LUKS with another key: it says why" "$(cat "$REMEDY_WORK/err")" 'does not open it'

t_note "what can't be read, what is hidden, and what has no place"
part boot
echo hidden >"$WORK/part/boot/hidden"
image_new "$WORK/disk" 160
printf 'label: dos\nsize=48MiB\nsize=16MiB\nsize=16MiB\ntype=extended\nsize=16MiB\nsize=16MiB\n' | sfdisk -q "$WORK/disk"
image_ext4 "$WORK/one" 48 "$WORK/part"
image_ext4 "$WORK/two" 16 "$TREE/boot" -U "$BOOT_UUID"
image_random "$WORK/three" 16
mkdir -p "$WORK/stray/etc" && echo "a stranger's" >"$WORK/stray/etc/notes"
image_ext4 "$WORK/five" 16 "$WORK/stray"
image_new "$WORK/six" 16 && printf 'LUKS\xba\xbe\x00\x01aes' | dd of="$WORK/six" conv=notrunc status=none
for part in 1:one 2:two 3:three 5:five 6:six; do
	image_put "$WORK/disk" "$(image_part "$WORK/disk" "${part%:*}")" "$WORK/${part#*:}"
done
t_ok "it is the patient's" image_patient "$WORK/disk"
result "unread" 6 4
t_ok "unread: random bytes" found unreadable /dev/xvda3 '.reason | test("no known kind")'
t_ok "unread: LUKS" found unreadable /dev/xvda6 '.reason | test("LUKS")'
t_ok "unread: a file below /boot" found unreadable /boot '.reason | test("hidden")'
t_ok "unread: a file, wherever it belongs" found unknown-file /dev/xvda5/etc/notes

t_note "a repair"
printf x >>"$TREE/usr/bin/tac"
printf x >>"$TREE/boot/vmlinuz"
printf x >>"$TREE/srv/data/one"
printf '\177ELF evil' >"$TREE/srv/data/evil"
t_ok "the disk with LVM is infected" server "$WORK/disk" "$TREE"
t_ok "it is the patient's" image_patient "$WORK/disk"
lazaretctl quarantine --reason=test patient
vm_wait patient danger 60
t_ok "a cure begins" lazaretctl cure patient
repaired() {
	lazaretctl --json events patient | jq -c 'select(.event == "repaired").changes[]' >"$REMEDY_WORK/changes"
	[ -s "$REMEDY_WORK/changes" ]
}
wait_for 600 "it is repaired" repaired || t_note "$(vm_get patient .reason)"
t_is "what was restored" "$(jq -r 'select(.class == "restored").path' "$REMEDY_WORK/changes" | sort | paste -sd ' ')" \
	"/boot/vmlinuz /srv/data/one /usr/bin/tac"
t_is "what was removed" "$(jq -r 'select(.class == "removed").path' "$REMEDY_WORK/changes")" /srv/data/evil
wait_for 300 "such a system can't prove itself" eval 'vm_get patient .reason | grep -q "the cure failed"'
wait_for 60 "nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
t_ok "its disk is looked at again" image_patient "$WORK/disk"
result "repaired" 0 0
t_fails "dom0 has none of its volumes" ls /dev/mapper/lab-root
