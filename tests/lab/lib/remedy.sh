# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Remedy domains, and what they say of the patient's disk.

readonly REMEDY_WORK=/run/lab-remedy

remedy_domain() {
	xl list | awk '/^lazaret-remedy-/ { print $2 }'
}

# remedy_gone [FOLDER]: no domain of ours, and no loop device of it. Those of images in FOLDER are the test's.
remedy_gone() {
	[ -z "$(remedy_domain)" ] &&
		! cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -qv "^${1:-/nowhere}/"
}

# scan: of the patient; output in $REMEDY_WORK/out and err, exit status printed.
scan() {
	mkdir -p "$REMEDY_WORK"
	lazaretctl --json scan patient >"$REMEDY_WORK/out" 2>"$REMEDY_WORK/err"
	echo "$?"
}

# scan_says FILTER: of its result, by a jq filter.
scan_says() {
	jq -r "$1" "$REMEDY_WORK/out"
}

# found CLASS PATH [FILTER]: is that one of the findings, with something true of it?
found() {
	jq -e --arg class "$1" --arg path "$2" \
		"[.findings[] | select(.class == \$class and .path == \$path) | ${3:-true}] | any" \
		"$REMEDY_WORK/out"
}

# vm_paused NAME: does the controller see that?
vm_paused() {
	[ "$(vm_get "$1" .paused)" = true ]
}
