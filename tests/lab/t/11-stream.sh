#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's module: each record of IMA's list reaches dom0 once, in order, whatever the client does.
. "${LAB_LIB:-/lab/lib}/lab.sh"

PEEK=${PEEK:-/usr/lib/lazaret-lab/lz-peek}
guest_stop patient
t_cleanup guest_stop patient
work=$(mktemp -d)
t_cleanup rm -rf "$work"

# counts_agree: read at one time, by programs that have run before.
counts_agree() {
	[ "$(guest_run patient "sed -n 's/^records: //p' /sys/kernel/security/lazaret/status")" = \
		"$(guest_run patient "sed -n p /sys/kernel/security/ima/runtime_measurements_count")" ]
}

# same_as_guest FILE: is FILE, kept by lz-peek, the beginning of the guest's own list?
same_as_guest() {
	local size
	size=$(stat -c %s "$1")
	[ "$size" -gt 0 ] &&
		[ "$(guest_run patient "head -c $size /sys/kernel/security/ima/binary_runtime_measurements |
			sha256sum")" = "$(sha256sum <"$1")" ]
}

# run_new COUNT: so many programs that the guest has never run.
run_new() {
	guest_run patient -t 300 "for i in \$(seq $1); do
		cp /bin/true /tmp/new; echo \$RANDOM\$RANDOM\$i >>/tmp/new; /tmp/new; rm /tmp/new; done"
}

# die_again_and_again FILE TOTAL: take TOTAL records, 17 at a time, each time by a client that dies.
die_again_and_again() {
	local have=0
	while ((have < $2)); do
		{ "$PEEK" -q -k -f "$have" -n 17 -t 60 -o "$1" "$id"; } >/dev/null 2>&1
		[ $? -eq 137 ] || return 1
		have=$((have + 17))
	done
}

for type in pvh pv; do
	t_note "a guest of type $type"
	t_ok "it starts" guest_start patient "$type" || t_bail "no guest"
	id=$(guest_domid patient)
	t_is "the doorbell is the best there is" "$(status_of doorbell)" "$(guest_bell)"
	# A kernel with Lazaret in it brings the TPM before IMA looks for one, and there is none: no controller runs.
	t_is "IMA found no TPM" "$(status_of ima-mode)" bypass

	t_ok "a client gets the list from the first record on" \
		"$PEEK" -q -a -o "$work/$type" "$id"
	t_ok "byte for byte what IMA has" same_as_guest "$work/$type"
	t_like "an answer to a challenge follows" "$("$PEEK" -q -a -c 1 "$id")" \
		'state records=[0-9]+ streamed=[0-9]+ .*lost=0 .* commit=1 policy=1$'

	from=$(status_of records)
	"$PEEK" -f "$from" -n 200 -t 300 "$id" >"$work/new.txt" &
	client=$!
	t_ok "it runs 200 new programs" run_new 200
	wait "$client"
	t_is "the client got 200 records meanwhile" $? 0
	t_is "each with the time its doorbell rang" "$(grep -c '^record [0-9]* [1-9]' "$work/new.txt")" 200

	run_new 150 >/dev/null &
	programs=$!
	t_ok "20 clients take 17 records each and die" die_again_and_again "$work/$type.dying" 340
	t_ok "together they got what IMA has, nothing twice" same_as_guest "$work/$type.dying"
	wait "$programs"
	t_is "no record was lost" "$(status_of lost)" 0
	wait_for 30 "the module counts what IMA counts" counts_agree
	t_fails "the module cannot be unloaded" guest_run patient rmmod lazaret
	t_is "the kernel did not complain" "$(guest_complaints patient)" ''
	guest_stop patient
done
