#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A TPM that stops, dies, is slow: the guest never hangs for good, nothing is lost, and all comes
# back by itself.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop

swtpm_pid() {
	pgrep -x swtpm
}
backend_pid() {
	pgrep -P "$(daemon_pid)" -f -- '-r vtpm'
}

# program N: one that is in the golden pack and that the guest has not run yet.
program() {
	guest_run patient 'ls /usr/bin/[a-z]*' | sed -n "$((100 + $1))p"
}

# run_ms PROGRAM: how many milliseconds the guest needs to start and end it.
run_ms() {
	guest_run patient -t 100 "a=\$(date +%s%N); timeout 90 $1 --version >/dev/null 2>&1 </dev/null
		b=\$(date +%s%N); echo \$(((b - a) / 1000000))"
}

# all_committed: as many records in the TPM as in the list, and none failed.
all_committed() {
	[ "$(status_of extended)" = "$(guest_run patient \
		cat /sys/kernel/security/ima/runtime_measurements_count)" ]
}

# times STATE: how often it has been in that state.
times() {
	vm_get patient "[.history[] | select(.to == \"$1\")] | length"
}

# trouble NAME: it begins now.
trouble() {
	t_note "$1"
	unknown=$(times unknown) trusted_before=$(times trusted)
}

trusted_since() {
	[ "$(times trusted)" -gt "$trusted_before" ]
}

# again NAME: it was not trusted for a while, and now it is.
again() {
	wait_for 120 "$1: it is trusted again" trusted_since
}

# comes_back NAME: after trouble, by itself.
comes_back() {
	vm_wait patient trusted 120
	wait_for 30 "$1: every record is in the TPM" all_committed
	t_is "$1: the module has not given up" "$(status_of commit-state)" running
	t_ok "$1: the guest's own software has its TPM" guest_run patient -t 100 tpm2_pcrread sha256:10
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 8' 'lost = 16'
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient unknown 60
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 120
guest_run patient 'tpm2_pcrread sha256:10; date --version; sed --version; timeout --version' >/dev/null
run_ms true >/dev/null

trouble "lenient: the TPM is stopped, the guest goes on"
new=$(program 1)
kill -STOP "$(swtpm_pid)"
ms=$(run_ms "$new")
t_note "a new program took $ms ms"
t_ok "it was held for about a second, not more" test "$ms" -ge 900 -a "$ms" -lt 20000
vm_wait patient stale 60
vm_wait patient unknown 60
kill -CONT "$(swtpm_pid)"
again lenient
comes_back lenient
t_ok "lenient: it was told as late" test "$(status_of late)" -gt "$(status_of early)"

trouble "swtpm is killed"
kill -KILL "$(swtpm_pid)"
t_ok "swtpm: a new program runs" guest_run patient -t 100 "$(program 2) --version >/dev/null 2>&1; true"
again swtpm
comes_back swtpm
t_ok "swtpm: it was unknown meanwhile" test "$(times unknown)" -gt "$unknown"
t_like "swtpm: what happened is in the journal" \
	"$(lazaretctl --json events | jq -r 'select(.event == "tpm") | .reason // ""')" swtpm

# programs_start FROM TO: many, one after the other, while something else happens.
programs_start() {
	guest_run patient "(for i in \$(seq $1 $2); do
		timeout 60 \$(ls /usr/bin/[a-z]* | sed -n \${i}p) --version; done) </dev/null >/dev/null 2>&1 & disown"
}

trouble "the backend is killed, while programs start"
programs_start 300 340
for _ in 1 2 3; do
	wait_until 60 backend_pid >/dev/null && kill -KILL "$(backend_pid)"
	sleep 1
done
again backend
comes_back backend
t_ok "backend: it was unknown meanwhile" test "$(times unknown)" -gt "$unknown"

trouble "the controller is killed and starts again, while programs start"
programs_start 350 390
daemon_kill
t_ok "controller: a new program runs" guest_run patient -t 100 "$(program 3) --version >/dev/null 2>&1; true"
t_ok "controller: it starts again" daemon_start
again controller
comes_back controller
t_is "controller: the start is still measured" "$(vm_get patient .tpm.measured)" true
t_is "the kernel did not complain" "$(guest_complaints patient)" ''

t_note "a lenient guest goes down, while its TPM stands still"
kill -STOP "$(swtpm_pid)"
begin=$(date +%s)
t_ok "down: it needs no force" timeout 240 xl shutdown -w patient
t_note "that took $(($(date +%s) - begin)) s"
kill -CONT "$(swtpm_pid)" 2>/dev/null
guest_stop patient

t_note "strict: the TPM is stopped, a new program waits for it"
t_ok "a strict guest starts" guest_start patient pvh lazaret.commit=strict || t_bail "no guest"
t_is "strict: it says so" "$(status_of commit)" strict
lazaretctl enrol patient
lazaretctl release patient --reason "another command line" >/dev/null 2>&1
vm_wait patient trusted 120
guest_run patient 'date --version; sed --version; timeout --version' >/dev/null
run_ms true >/dev/null
new=$(program 4) late=$(status_of late)
kill -STOP "$(swtpm_pid)"
guest_run patient "(timeout 300 $new --version; date +%s >/run/ended) >/dev/null 2>&1 </dev/null & disown"
sleep 10
t_fails "strict: ten seconds later it still waits" guest_run patient test -e /run/ended
kill -CONT "$(swtpm_pid)"
wait_for 60 "strict: then it runs" guest_run patient test -e /run/ended
comes_back strict
t_is "strict: nothing was late" "$(status_of late)" "$late"
t_is "strict: the kernel did not complain" "$(guest_complaints patient)" ''
