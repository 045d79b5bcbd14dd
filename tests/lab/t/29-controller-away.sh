#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The controller, and with it the guest's TPM, is away while the guest runs something new: for a moment, with an
# extend under way of which nobody knows whether it was carried out, and for minutes. Whoever extends there, IMA
# or Lazaret, PCR 10 is what the list says afterwards, and the guest is trusted. With commit=strict, what it runs
# waits for the controller.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly LONGER_THAN_LENIENT=5 # seconds
t_cleanup guest_stop patient
t_cleanup daemon_stop

# back WHEN: the controller is back.
back() {
	t_ok "$1: the controller is back" daemon_start
	vm_wait patient trusted 120
	t_is "$1: by its TPM" "$(vm_get patient .evidence)" tpm
	t_ok "$1: a program runs for the first time" guest_run patient /usr/bin/nproc
	for bank in sha1 sha256; do
		wait_for 60 "$1: PCR 10 of $bank is what the list says" lists_agree "$bank"
	done
	t_is "$1: Lazaret extends" "$(status_of commit-state)" running
	t_is "$1: the guest lost no record" "$(status_of lost)" 0
	wait_for 60 "$1: nor did dom0" eval '[ "$(vm_get patient .lost)" = 0 ]'
	t_is "$1: the guest was never cut off" "$(vm_get patient '[.history[].to] | index("danger")')" null
}

# leave TYPE [KERNEL-ARG]: a guest is trusted, and the controller goes.
leave() {
	t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
	t_ok "$*: a guest starts" guest_start patient "$@" || t_bail "no guest"
	wait_for 60 "$*: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$*: its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
	# Before the TPM is away, all is measured that the boot still does, and the shell that the guest is asked by.
	t_ok "$*: its boot is over" guest_run patient udevadm settle
	late=$(status_of late)
	daemon_stop
}

# run_b2sum: for the first time, without waiting for it.
run_b2sum() {
	guest_run patient '(/usr/bin/b2sum --version >/run/b2sum 2>&1 </dev/null &); true'
	wait_for 60 "a program is measured meanwhile" is_in_the_list /usr/bin/b2sum
}

# b2sum_ran: did it? By the shell alone: another program might be held, too.
b2sum_ran() {
	guest_run patient 'read -r line </run/b2sum && [[ $line == b2sum* ]]'
}

leave pvh
run_b2sum
back "a moment"
guest_stop patient

leave pv
# Where IMA extends by itself, it waits for an answer, once: minutes.
SECONDS=0
t_ok "programs run for the first time" guest_run patient -t 600 \
	'for program in b2sum base32 basenc; do /usr/bin/$program --version || exit 1; done'
echo "# they took $SECONDS s"
back "minutes"
t_ok "what ran meanwhile is late" test "$(status_of late)" -ge $((late + 3))
guest_stop patient

leave pvh lazaret.commit=strict
run_b2sum
sleep "$LONGER_THAN_LENIENT"
t_fails "strict: it is held" b2sum_ran
back "strict"
wait_for 60 "strict: it runs" b2sum_ran
# While the controller is there: what its kernel is asked when it ends is held, too.
guest_stop patient
