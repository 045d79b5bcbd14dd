#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest promises, on each type of guest, for the kernel and the number of processors that the lab
# was started with («make check-matrix» starts it with all): trusted by its TPM, nothing lost, committed
# before it runs, saved and restored, in danger for an unknown program, and contained.
. "${LAB_LIB:-/lab/lib}/lab.sh"

# Programs that the golden pack knows, and that a guest does not run by itself.
readonly PROGRAMS='b2sum base32 basenc cksum comm csplit factor fmt fold join numfmt pathchk pinky pr'\
' ptx shred shuf sum tac tsort'
readonly CHECKPOINT=/var/tmp/checkpoint
t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup rm -f "$CHECKPOINT"

BELL=$(guest_bell)
if [ "$LAB_MODULE" = builtin ]; then MODE='native native'; else MODE='bypass running'; fi
readonly BELL MODE
TYPES='pv pvh hvm'
# It looks at each lock and each allocation: one type is all that an emulator has time for.
[[ $LAB_KERNEL != *-debug ]] || TYPES=pvh

# lists_agree: PCR 10 of the guest's TPM is what the controller computes of its records.
lists_agree() {
	lazaretctl prove patient
	[ "$(guest_run patient "cat /sys/class/tpm/tpm0/pcr-sha256/10" | tr A-F a-f)" = \
		"$(vm_get patient .pcr10.sha256)" ]
}

# is_trusted: its start is enrolled, and its whole list is golden.
is_trusted() {
	wait_for 60 "$type: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$type: its start is enrolled" lazaretctl enrol patient
	wait_for 120 "$type: it is trusted" vm_is patient trusted || t_note "$(vm_get patient '.state + ": " + .reason')"
	t_is "$type: by its TPM" "$(vm_get patient .evidence)" tpm
	t_is "$type: $BELL rings, and IMA's records are committed" \
		"$(status_of doorbell) $(status_of ima-mode) $(status_of commit-state)" "$BELL $MODE"
}

# streams: twenty programs run for the first time, on all of its processors at once.
streams() {
	local rings
	rings=$(status_of rings)
	t_ok "$type: twenty programs run for the first time" guest_run patient -t 120 \
		"printf '/usr/bin/%s --version >/dev/null\n' $PROGRAMS | xargs -P 4 -I{} sh -c '{}'"
	t_ok "$type: the doorbell rang for each" test "$(status_of rings)" -ge $((rings + 20))
	wait_for 60 "$type: dom0 has all of its records" vm_records_equal patient
	wait_for 60 "$type: and its TPM says the same" lists_agree
	t_is "$type: nothing was lost" "$(vm_get patient .lost) $(vm_get patient .state)" '0 trusted'
}

# all_committed: as many records in the TPM as in the list, as Lazaret says, or as IMA extended them.
all_committed() {
	if [ "$BELL" = notifier ]; then
		lists_agree
	else
		[ "$(status_of extended)" = "$(guest_records patient)" ]
	fi
}

# moves: saved, which ends the domain, and restored as another one.
moves() {
	local before
	before=$(guest_domid patient)
	t_ok "$type: it is saved" timeout 300 xl save patient "$CHECKPOINT"
	t_ok "$type: and restored" timeout 300 xl restore "$CHECKPOINT"
	rm -f "$CHECKPOINT"
	wait_for 120 "$type: it is there again" guest_run patient -t 10 true
	t_fails "$type: as another domain" test "$(guest_domid patient)" = "$before"
	t_ok "$type: a program runs for the first time" guest_run patient /usr/bin/nproc
	wait_for 120 "$type: every record is committed" all_committed
}

# commits_first: what nobody knows does not run before the TPM has it; then it is danger.
commits_first() {
	t_ok "$type: it gets a program that nobody knows" guest_run patient \
		'cp /usr/bin/touch /usr/local/bin/other && printf x >>/usr/local/bin/other'
	kill -STOP "$(pgrep -x swtpm)"
	guest_run patient '(/usr/local/bin/other /run/ran >/dev/null 2>&1 </dev/null &) ; true'
	wait_for 60 "$type: it is measured while the TPM stands still" is_in_the_list /usr/local/bin/other
	t_fails "$type: and does not run" guest_run patient 'test -e /run/ran'
	kill -CONT "$(pgrep -x swtpm)"
	wait_for 60 "$type: then it does" guest_run patient 'test -e /run/ran'
	wait_for 60 "$type: it is danger" vm_is patient danger
	t_like "$type: and is known for what it is" "$(vm_get patient .reason)" /usr/local/bin/other
	wait_for 60 "$type: the guest is contained" vm_contained patient
	t_ok "$type: it is cut off, seen from outside" cut_off patient
}

for type in $TYPES; do
	t_ok "$type: the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
	t_ok "$type: a guest starts" guest_start patient "$type" lazaret.commit=strict || continue
	t_is "$type: of that type, with so many processors" \
		"$(guest_run patient 'cat /sys/hypervisor/guest_type; nproc' | xargs)" "${type^^} $LAB_VCPUS"
	is_trusted
	streams
	moves
	commits_first
	t_is "$type: its kernel did not complain" "$(guest_complaints patient)" ''
	guest_stop patient
done
