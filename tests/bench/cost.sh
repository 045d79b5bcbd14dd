#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest pays, in dom0 (tests/lab/bench-chain): the same disk and kernel without measurements, with those
# of IMA alone, and with the module, by its stream and with a TPM as well. Emulated: compare the columns.
#	RUNS=200 BUILDS=5 TYPES='pvh pv'
. "${LAB_LIB:-/lab/lib}/lab.sh"
trap - EXIT

readonly WORK=/run/bench-cost POLICY=/etc/lazaret/bench-cost.policy FOLDER=/var/cost
readonly IMA_POLICY=/etc/ima/ima-policy
failed=0

# not_so WHAT: figures of another state than they are said to be of are none.
not_so() {
	echo "   NOT SO: $1" >&2
	failed=1
}

# records: a list without a policy has its first entry alone.
records() {
	guest_run patient cat /sys/kernel/security/ima/runtime_measurements_count
}

# fill_guest: what is built and installed there, put on its disk once.
fill_guest() {
	guest_run patient mkdir -p $FOLDER &&
		guest_put patient /lab/cost.pl $FOLDER/cost.pl &&
		guest_put patient "$(find /usr/lib/lazaret-lab/debs -name 'coreutils_*.deb')" $FOLDER/package.deb &&
		guest_run patient sync
}

# policy_is on|off: for the next boot; and ends this one.
policy_is() {
	case $1 in
	on) guest_run patient "mv $IMA_POLICY.off $IMA_POLICY; sync" ;;
	off) guest_run patient "mv $IMA_POLICY $IMA_POLICY.off; sync" ;;
	esac && guest_shutdown patient
}

# measure STATE: one line for each measurement, with the state in front.
measure() {
	if ! guest_run patient -t 3000 "perl $FOLDER/cost.pl $FOLDER ${RUNS:-200} ${BUILDS:-5}" >"$WORK/out"; then
		not_so "the guest did it all, state $1: $(guest_run patient tail -n 3 $FOLDER/log)"
	fi
	sed "s/^/$1\t/" "$WORK/out" >>"$WORK/all"
}

# without STATE TYPE LEAST MOST: before, that is with neither module nor controller.
without() {
	daemon_stop
	guest_start patient "$2" "${GUEST_BARE[@]}" || exit 1
	[ "$1" != fill ] || return 0
	measure "$1"
	! guest_run patient 'grep ^lazaret /proc/modules' >/dev/null || not_so "$1: there is no module"
	[[ $(records) -ge $3 && $(records) -le $4 ]] || not_so "$1: $3 to $4 records: $(records)"
}

# with_module STATE TYPE [LINE…]: after.
with_module() {
	guest_stop patient # what it ran must not be judged by another policy than the one below
	daemon_fresh 'challenge = 10' "${@:3}"
	sed -i "s,^pack = .*,policy = $POLICY," "$DAEMON_CONF"
	lazaretctl reload >/dev/null || not_so "the policy is taken"
	guest_start patient "$2" || exit 1
	[ "$1" != tpm ] || wait_until 120 lazaretctl enrol patient
	wait_until 120 vm_is patient trusted || not_so "$1: trusted before: $(vm_get patient .reason)"
	measure "$1"
	wait_until 120 vm_is patient trusted || not_so "$1: trusted after: $(vm_get patient .reason)"
	wait_until 60 vm_records_equal patient || not_so "$1: dom0 has all records"
	echo "   $1: $(guest_run patient 'grep -E "^(extended|late|extend-errors|lost):" /sys/kernel/security/lazaret/status' | xargs)"
}

# busy: for each state, what the piece of work took in it, in the middle.
busy() {
	sort -t "$(printf '\t')" -k1,1 -k4,4g "$WORK/all" | awk -F '\t' -v OFS='\t' '
		{ v[$1, ++n[$1]] = $4 }
		END { for (state in n) print state, v[state, int(n[state] / 2) + 1] }'
}

# scaled: state, what, and milliseconds as in the state in which the machine was least busy; in order.
scaled() {
	awk -F '\t' -v OFS='\t' '
		NR == FNR { busy[$1] = $2; best = !best || $2 < best ? $2 : best; next }
		{ print $1, $2, $3 * best / busy[$1] }' <(busy) "$WORK/all" | sort -t "$(printf '\t')" -k1,1 -k2,2 -k3,3g
}

# table TYPE
table() {
	busy | awk '{ printf("%s %s %.1f ms", (NR > 1 ? "," : "   the same piece of work took:"), $1, $2) }
		END { print "; the columns are as if it always took the least" }'
	scaled | awk -F '\t' -v type="$1" '
		function at(key, q,  i) { i = int(n[key] * q + 0.5); return v[key, i < 1 ? 1 : i] }
		function line(title, what, q,  s, i, x) {
			s = sprintf("%-34s %5d", title, n["ima", what])
			for (i = 1; i <= 4; i++) {
				x = at(state[i] SUBSEP what, q)
				s = s sprintf(" %11.2f", x)
				if (i > 1) s = s sprintf(" x%5.2f", x / at((i > 2 ? "ima" : "none") SUBSEP what, q))
			}
			print s
		}
		{ v[$1, $2, ++n[$1, $2]] = $3 }
		END {
			split("none ima stream tpm", state, " ")
			printf "%-34s %5s %11s %18s %18s %18s\n", type " guest, milliseconds", "n", "no policy", "IMA alone", "module, stream", "module, TPM"
			line("a program again, p50", "cached", 0.5); line("                 p99", "cached", 0.99)
			line("a program for the first time, p50", "first", 0.5); line("                              p99", "first", 0.99)
			line("3 files of C are compiled, p50", "build", 0.5)
			line("dpkg -i coreutils, p50", "package", 0.5)
		}'
}

mkdir -p "$WORK"
printf '[packs]\ngolden = %s\n[exclude]\npath = %s/**\n' "$GOLDEN_PACK" "$FOLDER" >"$POLICY"
echo "== what a guest pays (emulated: compare the columns; x: of IMA, times no policy; of the module, times IMA alone)"
for type in ${TYPES:-pvh pv}; do
	disk_as_golden patient
	: >"$WORK/all"
	without fill "$type"
	fill_guest && policy_is off || exit 1
	without none "$type" 0 1
	policy_is on
	without ima "$type" 100 1000000
	with_module stream "$type"
	with_module tpm "$type" 'vtpm = yes'
	guest_stop patient
	daemon_stop
	table "$type"
done
disk_as_golden patient
exit "$failed"
