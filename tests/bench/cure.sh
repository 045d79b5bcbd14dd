#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What scans and cures take, in dom0 (tests/lab/bench-chain). Emulated: compare one build with another.
. "${LAB_LIB:-/lab/lib}/lab.sh"
trap - EXIT

readonly STORE=/run/bench-cure/store SIGNATURES=/run/bench-cure/signatures
# MiB of memory, tried in this order; the configuration takes no less than the first.
readonly LEAST='256 320 384 512 768'

idle() {
	[ "$(vm_get patient .doing)" = null ]
}

# steps TRANSACTION: what each took, of those that took a tenth of a second.
steps() {
	vm_get patient "[.steps[] | select(.transaction == \"$1\" and .ms >= 100) | \"\\(.step) \\(.ms / 100 | round / 10) s\"] |
		join(\", \") | \"   $1: \" + ."
}

# last_words: what the newest remedy domain's console says of memory.
last_words() {
	local log
	log=$(find /var/log/xen/console -name 'guest-lazaret-remedy-*.log' -printf '%T@ %p\n' | sort -n | tail -n 1)
	tr -d '\r' <"${log#* }" | grep '^memory:' | tail -n 1 | sed 's/^/   /'
}

# scan TITLE: one of the guest's whole disk; its guest is paused meanwhile. Return: whether it is through.
scan() {
	local out=/run/bench-cure/scan t0 t1
	wait_until 60 idle
	xl pause patient
	t0=$(date +%s%3N)
	lazaretctl --json scan patient >"$out" 2>/run/bench-cure/err
	t1=$(date +%s%3N)
	xl unpause patient
	if [ "$(jq -r .result "$out")" = failed ]; then
		echo "$1: $(cat /run/bench-cure/err)"
		return 1
	fi
	jq -r --arg title "$1" --argjson ms "$((t1 - t0))" '[$title, $ms / 1000, $ms / 1e3 / (.bytes / 1e9), .files, .bytes / 1e9, .found] | @tsv' \
		"$out" | awk -F '\t' '{ printf "%-52s %7.1f s in all, %6.1f s per GB (%d files, %.2f GB, %d findings)\n", $1, $2, $3, $4, $5, $6 }'
	steps scan
	last_words
}

# memory MIB
memory() {
	sed -i "s/^remedy-memory = .*/remedy-memory = $1/" "$DAEMON_CONF"
	lazaretctl reload >/dev/null
}

fell_ill() {
	[ "$(vm_get patient '[.history[] | select(.to == "danger")] | length')" -gt 0 ]
}

# cured HOW: from the journal's row of the state «danger» to that of «trusted», without an operator.
cured() {
	daemon_fresh 'settle = 2' 'probation = 5' 'challenge = 2' 'boot-limit = 600' 'remedy-memory = 512' \
		"remedy-packages = $STORE" "cure = $1" 'auto-cure = yes'
	guest_start patient pvh && wait_until 120 vm_is patient trusted || return
	guest_run patient 'printf x >>/usr/bin/nproc; sync; nproc' >/dev/null
	wait_until 120 fell_ill # it may be cured by then
	if ! wait_until 900 vm_is patient trusted; then
		echo "by $1: $(vm_get patient '.state + ": " + .reason')"
		return
	fi
	vm_get patient '
		def s: (sub("\\.[0-9]+Z$"; "Z") | fromdate) + (capture("(?<f>\\.[0-9]+)Z$").f | tonumber);
		([.history[] | select(.to == "danger")][-1].time | s) as $t0 |
		([.history[] | select(.to == "trusted")][-1].time | s) - $t0' |
		awk -v how="$1" '{ printf "%-52s %7.1f s\n", "from quarantine to restored, by " how, $1 }'
	steps contain
	vm_get patient '[.steps[].transaction] | unique | .[] | select(. != "contain")' | while read -r t; do steps "$t"; done
}

modprobe loop
disk_script
mkdir -p "$STORE" "$SIGNATURES"
cp /usr/lib/lazaret-lab/debs/coreutils_*.deb "$STORE/"
echo "== scans and cures in the lab (emulated: compare, do not take at face value)"
daemon_fresh 'challenge = 2' 'remedy-memory = 1024'
guest_start patient pvh && wait_until 120 vm_is patient trusted || exit 1
guest_run patient sync
scan "scan, golden values alone, 1024 MiB"
sed -i "s,^remedy-memory = .*,&\nremedy-signatures = $SIGNATURES," "$DAEMON_CONF"
signature_of_eicar "$SIGNATURES"
for mib in $LEAST; do
	memory "$mib"
	scan "scan, and ClamAV with one signature, $mib MiB" && break
done
guest_stop patient

for how in rollback repair; do
	disk_as_golden patient
	cured "$how"
done
disk_as_golden patient
daemon_stop
