# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Waiting, always with a limit. The limits that tests name are for an emulator with a processor of
# its own; a busy machine gets LAB_PATIENCE times as long.
LAB_PATIENCE=${LAB_PATIENCE:-3}

# wait_for SECS DESC CMD…: until CMD succeeds, tried every two seconds, because each try costs the guests
# more processor time than it looks: dom0 goes first; a test point either way.
wait_for() {
	local secs=$1 desc=$2
	shift 2
	if wait_until "$secs" "$@"; then
		t_pass "$desc"
	else
		t_fail "$desc" "not within $secs s: $*"
		return 1
	fi
}

# wait_until SECS CMD…: the same without a test point.
wait_until() {
	local end=$((SECONDS + $1 * LAB_PATIENCE))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 2
	done
}
