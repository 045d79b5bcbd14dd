#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel that Lazaret was built into (LAB_KERNEL=6.1-builtin): IMA finds the guest's TPM by itself,
# and tells of each measurement.
. "${LAB_LIB:-/lab/lib}/lab.sh"

if [ "$LAB_MODULE" != builtin ]; then
	t_skip "Lazaret in the kernel" "this lab's guests have it as a module; LAB_KERNEL=6.1-builtin"
	exit 0
fi
t_cleanup guest_stop patient
t_cleanup daemon_stop
t_cleanup rm -f /var/tmp/checkpoint

# aggregate: the digest that the guest's list begins with, as «sha256:…».
aggregate() {
	guest_run patient 'head -n 1 /sys/kernel/security/ima/ascii_runtime_measurements' |
		awk '$5 == "boot_aggregate" { print $4 }'
}

# aggregate_of_tpm: the same, from PCRs 0 to 9.
aggregate_of_tpm() {
	echo "sha256:$(guest_run patient 'cd /sys/class/tpm/tpm0/pcr-sha256 && cat 0 1 2 3 4 5 6 7 8 9' |
		tr -d '\n' | perl -0777 -pe '$_ = pack "H*", $_' | sha256sum | cut -d ' ' -f 1)"
}

for type in pvh pv; do
	t_ok "$type: the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
	t_ok "$type: a guest starts" guest_start patient "$type" || t_bail "no guest"
	t_like "$type: it is our kernel" "$(guest_run patient uname -r)" '-lazaret$'
	t_fails "$type: there is no module" guest_run patient 'grep ^lazaret /proc/modules'
	t_fails "$type: IMA has found a TPM" guest_run patient 'dmesg | grep TPM-bypass'
	t_is "$type: its list begins with what started it" "$(aggregate)" "$(aggregate_of_tpm)"
	t_is "$type: Lazaret knows that IMA extends" "$(status_of ima-mode) $(status_of commit-state)" \
		'native native'
	t_is "$type: IMA tells of each measurement" "$(status_of doorbell)" notifier
	rings=$(status_of rings)
	t_ok "$type: a program runs for the first time" guest_run patient /usr/bin/factor 42
	t_ok "$type: it was told of" test "$(status_of rings)" -gt "$rings"
	wait_for 60 "$type: its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "$type: its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
	t_is "$type: by its TPM" "$(vm_get patient .evidence)" tpm
	for bank in sha1 sha256; do
		wait_for 60 "$type: PCR 10 of $bank is what the list says" lists_agree "$bank"
	done

	t_note "saved and restored, which ends the old domain"
	t_ok "$type: it is saved" timeout 300 xl save patient /var/tmp/checkpoint
	t_ok "$type: and restored" timeout 300 xl restore /var/tmp/checkpoint
	wait_for 120 "$type: it is there again" guest_run patient -t 10 true
	t_ok "$type: a program runs for the first time" guest_run patient /usr/bin/nproc
	for bank in sha1 sha256; do
		wait_for 60 "$type: PCR 10 of $bank is what the list says" lists_agree "$bank"
	done

	t_note "its TPM does not answer: IMA holds what would run"
	guest_run patient 'cp /usr/bin/shuf /run/other; printf x >>/run/other
		printf "#!/bin/sh\n/run/other -n 1 /etc/passwd && touch /run/ran\n" >/run/late && chmod 755 /run/late'
	kill -STOP "$(pgrep -x swtpm)"
	t_cleanup pkill -CONT -x swtpm
	guest_run patient '(/bin/sh /run/late >/dev/null 2>&1 </dev/null &) ; true'
	sleep 5
	t_fails "$type: it does not run" guest_run patient 'test -e /run/ran'
	kill -CONT "$(pgrep -x swtpm)"
	wait_for 60 "$type: then it does" guest_run patient 'test -e /run/ran'
	vm_wait patient danger 60
	t_like "$type: and is known for what it is" "$(vm_get patient .reason)" /run/other
	wait_for 60 "$type: it is contained" cut_off patient
	t_ok "$type: its list is whole" eval '[ "$(vm_get patient .lost)" = 0 ]'
	t_is "$type: the kernel did not complain" "$(guest_complaints patient)" ''
	guest_stop patient
done
