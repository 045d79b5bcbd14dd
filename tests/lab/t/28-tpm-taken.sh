#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dom0 takes a guest's TPM away and gives it another: nobody waits for ever, and the new one gets all
# that the list has, from its first record on.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

state_is() {
	[ "$(status_of commit-state)" = "$1" ]
}

all_committed() {
	[ "$(status_of extended)" = "$(guest_run patient \
		cat /sys/kernel/security/ima/runtime_measurements_count)" ]
}

# vtpm yes|no: in the configuration, which is read again.
vtpm() {
	daemon_config "vtpm = $1" 'challenge = 2' 'stale = 20' 'lost = 40'
	systemctl reload lazaretd
}

# replays: the list leads to PCR 10, says a program that is not ours.
replays() {
	guest_run patient -t 120 'for i in $(seq 0 23); do
			printf "PCR-%02d: %s\n" $i "$(sed "s/../& /g; s/ \$//" /sys/class/tpm/tpm0/pcr-sha256/$i)"
		done >/run/pcrs
		evmctl ima_measurement --verify-bank=sha256 --pcrs sha256,/run/pcrs \
			/sys/kernel/security/ima/binary_runtime_measurements' >&2
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
t_ok "a strict guest starts" guest_start patient pvh lazaret.commit=strict || t_bail "no guest"
wait_for 60 "its TPM is extended" state_is running
wait_for 60 "every record is in the TPM" all_committed
# These are not to be the ones that are held.
guest_run patient 'cp /bin/true /run/n; echo n >>/run/n; /run/n; date; cat /dev/null; seq 1; sed --version
	evmctl --version; test -e /run/n; true' >/dev/null 2>&1

t_note "the TPM is taken away"
vtpm no
wait_for 30 "the module says so" state_is withdrawn
late=$(status_of late)
guest_run patient 'cp /bin/true /run/new; echo new >>/run/new
	(/run/new; date +%s >/run/ended) >/dev/null 2>&1 </dev/null & disown'
sleep 20
t_fails "a new program is held" guest_run patient test -e /run/ended
wait_for 90 "but not for ever" guest_run patient test -e /run/ended
t_ok "it counts as late" test "$(status_of late)" -gt "$late"
begin=$(date +%s)
t_ok "the next ones are not held any more" guest_run patient -t 100 \
	'for i in 1 2 3 4 5; do cp /bin/true /run/n; echo $RANDOM >>/run/n; /run/n; done'
t_ok "and lose no time" test $(($(date +%s) - begin)) -lt 20

t_note "it gets a TPM again"
vtpm yes
wait_for 90 "it is extended" state_is running
wait_for 90 "every record is in it" all_committed
t_ok "the list leads to its PCR 10" replays
t_ok "new programs run" guest_run patient \
	'for i in 1 2 3; do cp /bin/true /run/n; echo $RANDOM >>/run/n; /run/n; done'
wait_for 30 "and are committed" all_committed

t_note "it is taken away and given again at once, many times"
for _ in 1 2 3 4; do
	vtpm no
	vtpm yes
done
wait_for 120 "it is extended" state_is running
wait_for 90 "every record is in it" all_committed
t_ok "the list leads to its PCR 10" replays
t_is "the kernel did not complain" "$(guest_complaints patient)" ''
