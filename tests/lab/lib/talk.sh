# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Guests that talk with each other by lz-talk, and what came to each of them.

readonly TALK=/usr/lib/lazaret-lab/lz-talk TALK_IN_GUEST=/usr/local/bin/lz-talk

# talk_prepare NAME…: gives guests the program, and the drivers that a vchan needs.
talk_prepare() {
	local name
	for name in "$@"; do
		guest_put "$name" "$TALK" "$TALK_IN_GUEST" &&
			guest_run "$name" "chmod 755 $TALK_IN_GUEST && modprobe -a xen-gntdev xen-gntalloc xen-evtchn" ||
			return
	done
}

# talk NAME WHAT ARG…: lz-talk in the background, WHAT being what talk_came calls it.
talk() {
	local name=$1 what=$2
	shift 2
	guest_run "$name" "$TALK_IN_GUEST /run/talk-$what $* >/run/talk-$what.log 2>&1 </dev/null & disown"
}

# talk_vchan SERVER CLIENT: both ends of a vchan.
talk_vchan() {
	talk "$1" "vchan-$2" vchan-serve "$(guest_domid "$2")" "data/talk-$2"
	talk "$2" "vchan-$1" vchan-call "$(guest_domid "$1")" "$(guest_xs "$1")/data/talk-$2"
}

# talk_tcp SERVER CLIENT PORT: both ends of a connection.
talk_tcp() {
	talk "$1" "tcp-$2" tcp-serve "$3"
	talk "$2" "tcp-$1" tcp-call "$(guest_ip "$1")" "$3"
}

# talk_came NAME WHAT…: bytes that came to it, a line each.
talk_came() {
	local name=$1 files
	shift
	files=$(printf '/run/talk-%s ' "$@")
	guest_run "$name" "cat $files" | sed 's/^0*\(.\)/\1/'
}

# talk_goes_on NAME WHAT…: do more bytes come to it of each, within some seconds?
talk_goes_on() {
	local before
	before=$(talk_came "$@") && wait_until 15 talk_more "$before" "$@"
}
talk_more() {
	local before=$1 now
	shift
	now=$(talk_came "$@") && paste <(echo "$before") <(echo "$now") |
		awk '$2 <= $1 { same = 1 } END { exit same }'
}
