# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# One running lab: QEMU without hardware virtualisation, in it Xen, in that dom0.
#
# An instance (LAB_INSTANCE, "default") has its own state directory: serial.log (Xen's and dom0's
# console), qemu.log, qemu.pid, port. Images are shared: QEMU writes to snapshots that it forgets.

LAB_INSTANCE=${LAB_INSTANCE:-default}
LAB_STATE=$LAB_CACHE/run/$LAB_INSTANCE
# Memory of the machine and of dom0 in MiB: three guests and Xen itself fit beside dom0.
# Processors of the machine. Under emulation a second one costs more than it gives: PV domains
# interrupt each other for every change of page tables, and wait until the host runs the other one.
LAB_CPUS=${LAB_CPUS:-1}
readonly VM_MEMORY=3072 VM_DOM0_MEMORY=1280
# Seconds until dom0 must answer.
readonly VM_BOOT_LIMIT=${LAB_BOOT_LIMIT:-300}
# What a PV dom0 and PVH guests survive under TCG: SMAP, SMEP and RDTSCP break them, and vector
# state beyond SSE is not kept apart between domains.
# LAB_PVH=no: a processor that can run PV guests alone.
[ "${LAB_PVH:-yes}" = yes ] && vm_svm='' || vm_svm=,-svm
readonly VM_CPU=max$vm_svm,-smap,-smep,-rdtscp,-avx,-avx2,-fma,-f16c,-xsave,-xsaveopt,-xsavec,-xsaves,-pku

# Kernel arguments of dom0: without what takes emulated seconds and serves nothing here.
readonly VM_DOM0_ARGS='quiet systemd.show_status=no net.ifnames=0 mitigations=off init_on_alloc=0
 cryptomgr.notests nokaslr audit=0 apparmor=0 nowatchdog rcupdate.rcu_expedited=1
 systemd.unit=multi-user.target modprobe.blacklist=kvm_amd,kvm,floppy,psmouse,pcspkr,i2c_piix4'

# vm_pid: print the PID of this instance's QEMU; fails when it does not run.
vm_pid() {
	local pid
	pid=$(cat "$LAB_STATE/qemu.pid" 2>/dev/null) || return 1
	grep -qz "lazaret-lab-$LAB_INSTANCE" "/proc/$pid/cmdline" 2>/dev/null || return 1
	printf '%s\n' "$pid"
}

# vm_disk NAME FILE OPTIONS: QEMU arguments, one a line; dom0 sees /dev/disk/by-id/virtio-NAME.
vm_disk() {
	printf '%s\n' -drive "if=none,id=$1,format=raw,file=$2,$3" -device \
		"virtio-blk-pci,drive=$1,serial=$1,iommu_platform=on,disable-legacy=on"
}

# vm_free_port: a TCP port of the loopback interface that nobody listens on.
vm_free_port() {
	local port
	while port=$((20000 + RANDOM % 20000)); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	printf '%s\n' "$port"
}

# vm_link XEN_DIR DOM0_DIR GUEST_DIR: short names for everything QEMU reads, in the state directory;
# QEMU splits its module list at commas and blanks, which a cache's path may hold.
vm_link() {
	ln -sfn "$1/xen" "$LAB_STATE/xen"
	ln -sfn "$2/vmlinuz" "$LAB_STATE/vmlinuz"
	ln -sfn "$2/initrd" "$LAB_STATE/initrd"
	ln -sfn "$2/disk.img" "$LAB_STATE/dom0.img"
	ln -sfn "$3/disk.img" "$LAB_STATE/guest.img"
	install -m 600 "$2/key" "$LAB_STATE/key"
}

# vm_launch: start QEMU in the background.
vm_launch() {
	local port disks modules
	port=$(vm_free_port)
	# Xen's module list is cut at commas, and a new line is no blank to the kernel.
	modules="vmlinuz root=/dev/vda console=hvc0 $(tr '\n' ' ' <<<"${VM_DOM0_ARGS//,/,,}"),initrd"
	[ ! -e "$LAB_STATE/xenpolicy" ] || modules=$modules,xenpolicy
	mapfile -t disks < <(
		vm_disk dom0 dom0.img snapshot=on
		vm_disk patient guest.img snapshot=on
		vm_disk neighbour guest.img snapshot=on
		vm_disk bystander guest.img snapshot=on
		vm_disk golden guest.img readonly=on
		vm_disk payload payload.img snapshot=on
	)
	echo "$port" >"$LAB_STATE/port"
	(cd "$LAB_STATE" && qemu-system-x86_64 -name "lazaret-lab-$LAB_INSTANCE" \
		-accel tcg,thread=multi -cpu "$VM_CPU" -smp "$LAB_CPUS" -m "$VM_MEMORY" \
		-nodefaults -display none -serial file:serial.log -daemonize -pidfile qemu.pid \
		-kernel xen -append "dom0_mem=${VM_DOM0_MEMORY}M,max:${VM_DOM0_MEMORY}M \
com1=115200,8n1 console=com1 flask=enforcing spec-ctrl=no loglvl=warning \
guest_loglvl=warning" \
		-initrd "$modules" "${disks[@]}" \
		-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" \
		-device virtio-net-pci,netdev=net,iommu_platform=on,disable-legacy=on,romfile= \
		>qemu.log 2>&1)
}

# vm_ssh_options: what every ssh and scp of this instance has in common, one a line.
vm_ssh_options() {
	printf '%s\n' -F /dev/null -i "$LAB_STATE/key" -o LogLevel=ERROR -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes \
		-o KexAlgorithms=curve25519-sha256 -o ControlMaster=no \
		-o "ControlPath=$LAB_STATE/ssh" -o ConnectTimeout=10
}

# vm_ssh ARG…: ssh to dom0.
vm_ssh() {
	local options
	mapfile -t options < <(vm_ssh_options)
	ssh "${options[@]}" -p "$(cat "$LAB_STATE/port")" root@127.0.0.1 "$@"
}

# vm_connect: open the one connection that all commands share; fails while dom0 does not answer.
vm_connect() {
	local options
	mapfile -t options < <(vm_ssh_options)
	ssh "${options[@]}" -o ControlMaster=yes -fN -p "$(cat "$LAB_STATE/port")" root@127.0.0.1 \
		</dev/null >/dev/null 2>"$LAB_STATE/ssh.log"
}

# vm_wait: until dom0 answers and its Xen tools run. Fails early when the boot is seen to fail.
vm_wait() {
	local end=$((SECONDS + VM_BOOT_LIMIT))
	while ((SECONDS < end)); do
		vm_pid >/dev/null || return 1
		! grep -qE 'Panic on CPU|Kernel panic|initrd: cannot' "$LAB_STATE/serial.log" || return 1
		if vm_connect; then
			vm_ssh 'systemctl start xen && xl info >/dev/null' && return 0
			vm_ssh -O exit 2>/dev/null
		fi
		sleep 1
	done
	return 1
}

# vm_start XEN_DIR DOM0_DIR GUEST_DIR: boot the instance. One boot that fails before any code of
# ours runs is tried again, and said.
vm_start() {
	local try
	vm_link "$@"
	for try in 1 2; do
		rm -f "$LAB_STATE/serial.log"
		vm_launch || die "QEMU: $(cat "$LAB_STATE/qemu.log")"
		if vm_wait; then
			say "dom0 answers (instance $LAB_INSTANCE)"
			return 0
		fi
		say "boot $try failed; the end of its console:"
		tail -n 40 "$LAB_STATE/serial.log" >&2
		vm_stop
	done
	die "the lab does not boot, see $LAB_STATE"
}

# vm_boot_id: tells one boot of dom0 from another; fails while it does not answer.
vm_boot_id() {
	# A connection to the kernel of before would be silent for ever.
	vm_ssh -o ServerAliveInterval=5 -o ServerAliveCountMax=4 cat /proc/sys/kernel/random/boot_id \
		2>/dev/null </dev/null
}

# vm_reboot: boot dom0 again, as after a power failure, and wait for it; its disks keep what was written.
vm_reboot() {
	local before now end=$((SECONDS + VM_BOOT_LIMIT))
	before=$(vm_boot_id) || return
	vm_ssh 'sync; setsid sh -c "sleep 1; echo b >/proc/sysrq-trigger" >/dev/null 2>&1 </dev/null &'
	vm_ssh -O exit >/dev/null 2>&1
	until now=$(vm_boot_id) && [ "$now" != "$before" ]; do
		((SECONDS < end)) || return
		sleep 1
	done
	vm_wait
}

# vm_stop: end this instance's QEMU, and nothing else.
vm_stop() {
	local pid i
	pid=$(vm_pid) || return 0
	vm_ssh -O exit >/dev/null 2>&1
	kill "$pid" 2>/dev/null
	for ((i = 0; i < 50; i++)); do
		vm_pid >/dev/null || break
		sleep 0.1
	done
	! vm_pid >/dev/null || kill -9 "$pid"
	rm -f "$LAB_STATE/qemu.pid" "$LAB_STATE/ssh"
}

# vm_exec [-t SECS] CMD…: run in dom0 with stdin, stdout, stderr and exit code passed through. One
# CMD is a shell line; several are one command with its arguments, as they are.
vm_exec() {
	local limit='' line
	if [ "${1:-}" = -t ]; then
		limit="timeout -k 5 $2 "
		shift 2
	fi
	vm_pid >/dev/null || die "instance $LAB_INSTANCE does not run (lab start)"
	if [ $# -eq 1 ]; then line=$1; else line=$(printf '%q ' "$@"); fi
	vm_ssh "${limit}bash -c $(printf '%q' "$line")"
}

# vm_put SRC… DST: copy files or directories to dom0.
vm_put() {
	local options
	mapfile -t options < <(vm_ssh_options)
	scp -q -r -p "${options[@]}" -P "$(cat "$LAB_STATE/port")" "${@:1:$#-1}" \
		"root@127.0.0.1:${!#}"
}
