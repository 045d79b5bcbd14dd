#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that writes nonsense where its TPM's backend reads: it harms itself alone, and all comes
# back when it stops.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

healthy() {
	[ "$(daemon_pid)" = "$pid" ] && vm_is neighbour trusted
}

serving() {
	[ "$(vm_get patient .tpm.state)" = serving ]
}

# nodes LINE: for a shell in the guest; $f is the frontend's node.
nodes() {
	guest_run patient "f=device/vtpm2/0; $1"
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes' 'challenge = 2' 'stale = 20' 'lost = 40'
pid=$(daemon_pid)
t_ok "two guests start" guest_start_all patient neighbour || t_bail "no guests"
wait_for 60 "both have a TPM" eval '[ "$(vm_get neighbour .tpm.state)" = serving ] && serving'
t_ok "their starts are enrolled" eval 'lazaretctl enrol patient && lazaretctl enrol neighbour'
vm_wait neighbour trusted 120
vm_wait patient trusted 120

t_note "each VM's processes run as its own user"
# own_uid NAME: whose its TPM's state is.
own_uid() {
	stat -c %u "$DAEMON_STATE/vtpm/$(guest_uuid "$1")/state"
}
patient=$(own_uid patient) neighbour=$(own_uid neighbour)
t_like "both have one, from the range" "$patient $neighbour" '^21000[0-9]{5} 21000[0-9]{5}$'
t_fails "not the same" test "$patient" = "$neighbour"
for uid in "$patient" "$neighbour"; do
	t_is "attest and vtpm run as $uid" "$(pgrep -c -u "$uid" -x lazaretd)" 2
	t_is "so does swtpm" "$(pgrep -c -u "$uid" -x swtpm)" 1
done
t_is "no child runs as the user of all" "$(pgrep -c -u lazaret)" 0
# as UID CMD…: as one that a guest has taken over; without its system call filter, even.
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
}
t_ok "who is a VM's may signal what is that VM's" \
	as "$patient" kill -0 "$(pgrep -u "$patient" -x swtpm)"
for victim in $(pgrep -u "$neighbour"); do
	t_fails "nobody else's: $(cat "/proc/$victim/comm")" as "$patient" kill -0 "$victim"
	t_fails "nor trace it" as "$patient" head -c 1 "/proc/$victim/mem"
	t_fails "nor look at its files" as "$patient" ls "/proc/$victim/fd/"
done
t_fails "nor read another TPM's state" as "$patient" ls "$DAEMON_STATE/vtpm/$(guest_uuid neighbour)/state"
t_fails "nor ask for a release" as "$patient" lazaretctl status

old=$(nodes 'echo "$(xenstore-read $f/ring-ref) $(xenstore-read $f/event-channel)"')
read -r ref port <<<"$old"
t_like "the ring's names are numbers" "$old" '^[0-9]+ [0-9]+$'
for value in 0 1 -1 99999999999999999999 4294967295 0x10 nonsense; do
	nodes "xenstore-write \$f/ring-ref '$value' \$f/state 3; sleep 1; xenstore-write \$f/state 4"
	nodes "xenstore-write \$f/ring-ref $ref \$f/event-channel '$value' \$f/state 3; sleep 1"
	t_ok "ring and port «$value»: nobody else is harmed" healthy
done
for value in 0 1 5 6 99 x; do
	nodes "xenstore-write \$f/ring-ref $ref \$f/event-channel $port \$f/state '$value'; sleep 1"
	t_ok "state «$value»: nobody else is harmed" healthy
done
nodes 'xenstore-rm $f/ring-ref; xenstore-rm $f/state; sleep 1'
t_ok "no nodes: nobody else is harmed" healthy

nodes "xenstore-write \$f/ring-ref $ref \$f/event-channel $port \$f/state 4"
wait_for 120 "when all is as it was, the TPM is served again" serving
vm_wait patient trusted 120
t_ok "and the guest's software has it" guest_run patient -t 100 tpm2_pcrread sha256:10

t_note "a guest that floods its TPM"
guest_run patient 'for i in 1 2 3 4; do (while :; do head -c 4000 /dev/urandom >/dev/tpmrm0; tpm2_getrandom 8; done) >/dev/null 2>&1 </dev/null & done; disown -a'
sleep 10
t_ok "nobody else is harmed" healthy
wait_for 60 "it is trusted itself" vm_is patient trusted
t_is "the kernel did not complain" "$(guest_complaints patient)" ''
