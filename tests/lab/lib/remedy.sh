# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Remedy domains, what they are given, and what they say of the patient's disk.

readonly REMEDY_WORK=/run/lab-remedy

# remedy_domains: the number of each that there is.
remedy_domains() {
	xl list | awk '/^lazaret-remedy-/ { print $2 }'
}

# remedy_gone [FOLDER]: no domain of ours, and no loop device of it. Those of images in FOLDER are the test's.
remedy_gone() {
	[ -z "$(remedy_domains)" ] &&
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

# eicar: the file that every scanner knows. In two parts, so that nobody's takes this one for it.
eicar() {
	printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND' 'ARD-ANTIVIRUS-TEST-FILE!$H+H*'
}

# signature_of_text DIR NAME TEXT: one of ClamAV's for files with that text. By a rename: whoever reads the
# folder meanwhile never reads half of one.
signature_of_text() {
	echo "$2:0:*:$(printf %s "$3" | od -An -tx1 | tr -d ' \n')" >"$1/.new"
	mv "$1/.new" "$1/$2.ndb"
}

# signature_of_eicar DIR
signature_of_eicar() {
	echo "$(eicar | md5sum | cut -d' ' -f1):68:Eicar-Test" >"$1/.new"
	mv "$1/.new" "$1/Eicar-Test.hdb"
}

# golden_tar OUT PATH…: files of the golden image, with all that they have. dom0 may mount that one: no guest
# ever wrote to it.
golden_tar() {
	local out=$1 dir
	shift
	dir=$(mktemp -d)
	mount -o ro,noload "$GOLDEN_IMAGE" "$dir" &&
		tar --xattrs --xattrs-include='*' -C "$dir" -cf "$out" "${@#/}"
	umount "$dir" && rmdir "$dir"
}

# disk_as_golden NAME: ends the guest and makes its disk whole.
disk_as_golden() {
	guest_stop "$1"
	cp "$GOLDEN_IMAGE" "$(guest_disk "$1")"
	sync
}

# guest_shrink NAME [KEEP]: takes from the running guest what it needs for no test, but for the file KEEP: a scan
# reads all that there is, and takes a fraction of the time then. What is missing is no finding.
guest_shrink() {
	guest_run "$1" -t 300 "find /usr/src /usr/include /usr/share/perl /usr/lib/{gcc,linux-kbuild-*,udev/hwdb*} /usr/lib/modules/*/kernel \
		/usr/lib/x86_64-linux-gnu/{perl,gprofng,bfd-plugins,lib?san.so*,libubsan*,libgprofng*,libisl*} /usr/bin/x86_64-linux-gnu-* \
		/var/lib/dpkg/info -type f ! -path '${2:-}' -delete 2>/dev/null; sync"
}

# cure_failed NAME: how many cures of it have failed since the daemon keeps its journal.
cure_failed() {
	lazaretctl --json events "$1" |
		jq -s '[.[] | select(.event == "state" and .to == "danger" and (.reason | test("the cure failed")))] | length'
}

# cure_failed_often NAME N
cure_failed_often() {
	[ "$(cure_failed "$1")" -ge "$2" ]
}

# repair_changed NAME WHAT: paths that its last repair says it changed in such a way.
repair_changed() {
	lazaretctl --json events "$1" | jq -rs --arg what "$2" \
		'[.[] | select(.event == "repaired")][-1].changes[] | select(.class == $what) | .path' | sort | paste -sd ' '
}
