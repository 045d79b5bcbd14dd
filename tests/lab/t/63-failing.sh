#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel that lets allocations fail (LAB_KERNEL=6.1-debug): in Lazaret's own threads, and in tasks that
# are being measured. Lazaret tries again, loses nothing, and leaves nothing behind.
. "${LAB_LIB:-/lab/lib}/lab.sh"

if [[ $LAB_KERNEL != *-debug ]]; then
	t_skip "allocations that fail" "this lab's guests have a kernel whose don't; LAB_KERNEL=6.1-debug"
	exit 0
fi
t_cleanup guest_stop patient
t_cleanup daemon_stop

# failing OBJECTS PAGES: so many percent of the allocations of the tasks that are told to.
failing() {
	guest_run patient "cd /sys/kernel/debug && for what in failslab fail_page_alloc; do
		echo Y >\$what/task-filter; echo N >\$what/ignore-gfp-wait; echo -1 >\$what/times
		echo 1 >\$what/verbose; done; echo 0 >fail_page_alloc/min-order
		echo $1 >failslab/probability; echo $2 >fail_page_alloc/probability"
}

# failed: how many have failed, of those that the kernel told of: it does not tell of all.
failed() {
	guest_run patient 'dmesg | grep -c "FAULT_INJECTION: forcing a failure"'
}

# chosen 0|1 THREAD…: whose allocations fail.
chosen() {
	local yes=$1
	shift
	guest_run patient "for name in $*; do for pid in \$(pgrep -x \$name); do
		echo $yes >/proc/\$pid/make-it-fail; done; done"
}

# Not counted is one of Linux's own: it does not see that it could not make the files that an interrupt has in
# /proc, and is astonished when it is to remove them.
# shellcheck disable=SC2034 # read by complaint.sh
COMPLAINTS_WANTED='WARNING: .* remove_proc_entry\+'

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 60'
t_ok "a guest starts" guest_start patient pvh log_buf_len=8M || t_bail "no guest"
wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 240
guest_run patient 'mount -t debugfs none /sys/kernel/debug'

t_note "its own threads, while controllers come and go"
# To share a ring takes dozens of allocations: were many more of them to fail, none would ever be shared.
t_ok "it is told to" failing 5 5
t_ok "and whose" chosen 1 lazaret lazaret-commit
connections=$(status_of connections)
for ((i = 0; i < 4; i++)); do
	daemon_kill
	daemon_start
	guest_run patient "/usr/bin/$(sed -n "$((i + 1))p" <<<$'b2sum\nbase32\nbasenc\ncksum') --version >/dev/null"
	wait_until 30 vm_records_equal patient
done
t_note "connections: $connections before, $(status_of connections) now"
t_ok "enough" failing 0 0
before=$(failed)
t_ok "allocations did fail, so many at least: $before" test "$before" -gt 0
chosen 0 lazaret lazaret-commit
wait_for 120 "dom0 has all records" vm_records_equal patient
vm_wait patient trusted 120
t_is "none was lost" "$(status_of lost) $(vm_get patient .lost)" '0 0'

t_note "tasks that are being measured"
# IMA that extends by itself makes its command of a page, and does not try again: Lazaret does.
t_ok "it is told to" failing 5 5
ended=$(guest_run patient -t 300 'for i in $(seq 10); do for program in comm csplit factor fmt fold join; do
	(echo 1 >/proc/$BASHPID/make-it-fail && exec /usr/bin/$program --version) >/dev/null 2>&1 || echo $program
	done; done' | wc -l)
t_ok "enough" failing 0 0
after=$(failed)
t_ok "allocations did fail, so many at least: $((after - before))" test "$after" -gt "$before"
t_note "for which $ended of 60 programs were ended"
t_ok "programs run again" guest_run patient '/usr/bin/numfmt --version && /usr/bin/tsort --version'
wait_for 120 "dom0 has all records" vm_records_equal patient
vm_wait patient trusted 120
t_is "none was lost" "$(status_of lost) $(vm_get patient .lost)" '0 0'
