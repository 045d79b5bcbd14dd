# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What guests' kernels complain of. One that looks for its own mistakes (LAB_KERNEL=…-debug) says so on its
# console, and what it says while a test file runs is one more point of that file.

readonly COMPLAINTS='WARNING:|BUG:|Oops|blocked for more than|leak detector disabled|unreferenced object'
# Linux's own, by the function that complains: 7.3's network frontend (README.md), and 6.1's timers, one of which can
# still be shut down when Xen resumes the guest.
readonly COMPLAINTS_OF_LINUX='xennet_disconnect_backend|clockevents_switch_state'
# A test file's own, as a regular expression: what its guests complain of because it wants them to.
COMPLAINTS_WANTED=
COMPLAINTS_LOG=/var/log/xen/complaints.log

kernel_is_debug() {
	[[ $LAB_KERNEL == *-debug ]]
}

# What a guest's kernel tells of locks, if it still looks for those, and of memory that nobody can reach any more:
# such memory is told of when it has been there for some seconds.
readonly COMPLAINTS_ASKED='leaks=/sys/kernel/debug/kmemleak
	mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
	echo scan >$leaks; sleep 6; echo scan >$leaks; cat $leaks
	grep -q "debug_locks: *1$" /proc/lockdep_stats || echo "BUG: lockdep is off"'

# guest_complaints NAME: what its kernel has to say of mistakes, and of what it was asked if it looks for that.
guest_complaints() {
	local asked=''
	! kernel_is_debug || asked=$COMPLAINTS_ASKED
	guest_run "$1" -t 300 "$asked
		dmesg | sed -E '/WARNING: .*($COMPLAINTS_OF_LINUX)[+]/,/end trace/d' |
			grep -E -A 60 '$COMPLAINTS'
		true" || echo "BUG: guest $1 does not answer"
}

# complaints_last NAME: before it ends; of one that cannot be asked (it is paused, or broken), its console has
# to do.
complaints_last() {
	kernel_is_debug && guest_run "$1" -t 20 true 2>/dev/null || return 0
	guest_complaints "$1" >>"$COMPLAINTS_LOG"
}

# complaints_all: what was said since complaints_begin, on consoles or when asked at the end.
complaints_all() {
	local log
	for log in "$COMPLAINTS_LOG" /var/log/xen/console/guest-*.log; do
		[ -f "$log" ] || continue
		tail -c +$((${complaints_from[$log]:-0} + 1)) "$log" | tr -d '\r' | grep -aE "$COMPLAINTS"
	done | grep -vE "($COMPLAINTS_OF_LINUX)[+]${COMPLAINTS_WANTED:+|$COMPLAINTS_WANTED}" | sort -u
}

complaints_begin() {
	local log
	declare -gA complaints_from=()
	for log in "$COMPLAINTS_LOG" /var/log/xen/console/guest-*.log; do
		[ ! -f "$log" ] || complaints_from[$log]=$(stat -c %s "$log")
	done
}

# t_last: tap.sh calls it when a file ends.
t_last() {
	! kernel_is_debug || t_is "no guest's kernel complained" "$(complaints_all)" ''
}
complaints_begin
