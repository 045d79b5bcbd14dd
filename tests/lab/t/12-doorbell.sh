#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's module without its best doorbell, and attempts to take the doorbell away.
. "${LAB_LIB:-/lab/lib}/lab.sh"

PEEK=${PEEK:-/usr/lib/lazaret-lab/lz-peek}
guest_stop patient
t_cleanup guest_stop patient

# stream_20: 20 programs that the guest has never run reach a client.
stream_20() {
	local from
	from=$(status_of records)
	guest_run patient "for i in \$(seq 20); do
		cp /bin/true /tmp/new; echo \$RANDOM\$i >>/tmp/new; /tmp/new; done" &
	"$PEEK" -q -f "$from" -n 20 -t 60 "$(guest_domid patient)" && wait $!
}

for bell in ftrace kprobe poll; do
	t_note "doorbell $bell"
	t_ok "a guest starts" guest_start patient pvh "lazaret.doorbell=$bell" || t_bail "no guest"
	t_is "the doorbell is $bell" "$(status_of doorbell)" "$bell"
	t_ok "20 new records arrive" stream_20
	rings=$(status_of rings)
	if [ "$bell" = poll ]; then
		t_is "it never rang" "$rings" 0
	else
		t_ok "it rang for them" test "$rings" -ge 20
		t_fails "ftrace cannot be switched off" guest_run patient \
			'echo 0 >/proc/sys/kernel/ftrace_enabled'
		t_ok "20 more arrive" stream_20
		t_ok "it still rings" test "$(status_of rings)" -ge $((rings + 20))
	fi
	t_is "no record was lost" "$(status_of lost)" 0
	t_is "the kernel did not complain" "$(guest_complaints patient)" ''
	guest_stop patient
done
