# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Guests: patient, neighbour and bystander, as /etc/xen/lab/NAME.cfg defines them.

# Seconds in which a guest must have booted.
GUEST_BOOT_LIMIT=${GUEST_BOOT_LIMIT:-600}

# Words for a guest's kernel without Lazaret, be it a module or built in.
# shellcheck disable=SC2034 # read by test files
GUEST_BARE=(module_blacklist=lazaret initcall_blacklist=lz_init_early,lz_init)

# guest_domid NAME: its domain id; fails when it does not run.
guest_domid() {
	lab-guest domid "$1"
}

# guest_xs NAME: its directory in xenstore.
guest_xs() {
	local id
	id=$(guest_domid "$1") && echo "/local/domain/$id"
}

# guest_mac NAME, guest_ip NAME, guest_disk NAME (its disk as dom0 sees it).
guest_mac() {
	sed -n 's/.*mac=\([0-9a-f:]*\).*/\1/p' "/etc/xen/lab/$1.cfg"
}
guest_ip() {
	awk -v n="$1" '$2 == n { print $1 }' /lab/hosts
}
guest_disk() {
	echo "/dev/disk/by-id/virtio-$1"
}
guest_uuid() {
	sed -n 's/^uuid = "\(.*\)"/\1/p' "/etc/xen/lab/$1.cfg"
}
# guest_console NAME: the file with its console.
guest_console() {
	echo "/var/log/xen/console/guest-$1.log"
}

# guest_settings NAME TYPE: what another type than that of its definition takes, for xl, one a line. An
# HVM guest boots the compressed kernel by its firmware, and has no emulated card unless LAB_EMULATED=yes.
guest_settings() {
	echo "type=\"$2\""
	[ "$2" = hvm ] || return 0
	[ "$(guest_card)" = vif ] || modprobe tun
	printf '%s\n' 'kernel="/lab/guest/bzImage"' 'vga="none"' 'vnc=0'
	sed -n "s/^vif = .*\"\(.*\)\".*/vif=[\"type=$(guest_card),\1\"]/p" "/etc/xen/lab/$1.cfg"
}
guest_card() {
	if [ "${LAB_EMULATED:-no}" = yes ]; then echo ioemu; else echo vif; fi
}

# guest_create NAME [pv|pvh|hvm] [KERNEL-ARG…]: start without waiting; one that runs is stopped first.
# The type is the one of its
# definition when none is given. xl's own options can be added by GUEST_XL (an array), for
# example GUEST_XL=(-p) or GUEST_XL=('seclabel="system_u:system_r:domU_t"').
guest_create() {
	local name=$1 extra options=()
	shift
	guest_stop "$name"
	case ${1:-} in
	pv | pvh | hvm)
		mapfile -t options < <(guest_settings "$name" "$1")
		shift
		;;
	esac
	if [ $# -gt 0 ]; then
		extra=$(sed -n 's/^extra = "\(.*\)"/\1/p' "/etc/xen/lab/$name.cfg")
		options+=("extra=\"$extra $*\"")
	fi
	# xl takes no option of its own behind the first setting.
	xl create -q "${GUEST_XL[@]:+${GUEST_XL[@]}}" "/etc/xen/lab/$name.cfg" "${options[@]}" \
		>/dev/null
}

# guest_start NAME [pv|pvh|hvm] [KERNEL-ARG…]: start and wait until guest_run works.
guest_start() {
	guest_create "$@" && guest_wait "$1"
}

# guest_start_all NAME…: start several at once, each of its own type, and wait for all.
guest_start_all() {
	local name
	for name in "$@"; do guest_create "$name" || return; done
	for name in "$@"; do guest_wait "$name" || return; done
}

# guest_wait NAME: until the agent is there.
guest_wait() {
	lab-guest wait "$1" "$GUEST_BOOT_LIMIT" ||
		{
			echo "guest $1 not up within $GUEST_BOOT_LIMIT s" >&2
			return 1
		}
}

# guest_stop NAME: at once, as when its power fails. No error if it does not run.
guest_stop() {
	local id
	id=$(guest_domid "$1") || return 0
	complaints_last "$1"
	xl destroy "$id"
	wait_until 30 guest_gone "$1"
}

# guest_migrate NAME SECONDS: to this host itself; xl's receiver is run in place of ssh.
guest_migrate() {
	timeout "$2" xl migrate -s '' "$1" 'xl migrate-receive'
}

# guest_shutdown NAME: in order; destroyed when it takes longer than a minute.
guest_shutdown() {
	guest_domid "$1" >/dev/null || return 0
	complaints_last "$1"
	timeout 60 xl shutdown -w "$1" >/dev/null 2>&1 || guest_stop "$1"
	wait_until 10 guest_gone "$1"
}

guest_gone() {
	! guest_domid "$1" >/dev/null
}

# guest_run NAME [-t SECS] CMD…: run CMD as root in the guest: its stdout, stderr and exit code are
# CMD's. One CMD is a line for bash, several are one command's words. Works by xenstore only: no
# network needed, and any label that leaves the guest its xenstore. 124: CMD took longer than SECS
# (60), or the guest does not answer; 125: it does not run. stdout and stderr end after 130 KiB
# each. What CMD leaves in the background goes on running.
guest_run() {
	local name=$1 secs=60 line
	shift
	if [ "${1:-}" = -t ]; then
		secs=$2
		shift 2
	fi
	if [ $# -eq 1 ]; then line=$1; else printf -v line '%q ' "$@"; fi
	lab-guest run "$name" "$secs" "$line"
}

# status_of KEY [NAME]: what Lazaret says about itself in the guest (patient).
status_of() {
	guest_run "${2:-patient}" "sed -n 's/^$1: //p' /sys/kernel/security/lazaret/status"
}

# is_in_the_list PROGRAM: has the guest (patient) measured it?  By the shell alone: another program might be
# held, too.
is_in_the_list() {
	guest_run patient "while read -r line; do [[ \$line != *' $1' ]] || exit 0; done \
		</sys/kernel/security/ima/ascii_runtime_measurements; exit 1"
}

# guest_bell: what it is told of IMA's records by: a kernel of ours has a notifier, Debian's a direct call.
guest_bell() {
	case $LAB_MODULE in
	builtin | signed) echo notifier ;;
	*) echo ftrace ;;
	esac
}

# guest_put NAME FILE DEST: a copy of dom0's FILE, by guest_run and so without a network.
guest_put() {
	local at size
	size=$(stat -c %s "$2") && guest_run "$1" ": >'$3'" || return
	for ((at = 0; at < size; at += 60000)); do
		guest_run "$1" "echo '$(tail -c +$((at + 1)) "$2" | head -c 60000 | base64 -w 0)' |
			base64 -d >>'$3'" || return
	done
}

# guest_get NAME FILE DEST: a copy of the guest's FILE in dom0, in the same way.
guest_get() {
	local at size
	size=$(guest_run "$1" "stat -L -c %s '$2'") && : >"$3" || return
	for ((at = 0; at < size; at += 60000)); do
		guest_run "$1" "tail -c +$((at + 1)) '$2' | head -c 60000 | base64 -w 0" | base64 -d >>"$3" || return
	done
}
