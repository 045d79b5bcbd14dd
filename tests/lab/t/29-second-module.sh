#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest whose module spoke, and then another one in its place, which its policy does not mind: the
# list is as it was, and so is its TPM. It is unknown until it starts anew, whoever restarts meanwhile.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly MODULE=/usr/lib/lazaret-lab/hostile.ko POLICY=/etc/lazaret/second.policy
readonly OTHER='another module speaks'
t_cleanup guest_stop patient
t_cleanup daemon_stop

# other_speaks: unknown, and for that reason.
other_speaks() {
	vm_is patient unknown && [[ $(vm_get patient .reason) == *"$OTHER"* ]]
}

# times STATE: how often it has been in that state.
times() {
	vm_get patient "[.history[] | select(.to == \"$1\")] | length"
}

# offers: has the first module given up the channel of before, and offered another one? Later it would
# put that in the place of the other module's.
offers() {
	guest_run patient 'grep -qx "connected: 0" /sys/kernel/security/lazaret/status' &&
		xenstore-read "$(guest_xs patient)/data/lazaret/ring-ref"
}

hellos() {
	lazaretctl --json events patient | jq -s '[.[] | select(.event == "hello") | .boot] | unique | length'
}

if [ ! -f "$MODULE" ]; then
	t_skip "a second module" "the hostile module could not be built for the guest's kernel"
	exit 0
fi
daemon_fresh 'challenge = 2' 'stale = 10' 'lost = 20'
printf '[packs]\ngolden = %s\n[exclude]\npath = /run/hostile.ko\n' "$GOLDEN_PACK" >"$POLICY"
sed -i "s,^pack = .*,policy = $POLICY," "$DAEMON_CONF"
t_ok "a policy that lets the module pass is taken" lazaretctl reload
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_ok "the guest gets the other module" guest_run patient \
	"echo '$(base64 -w 0 "$MODULE")' | base64 -d >/run/hostile.ko"

t_note "the first module is not listened to any more, and the other one offers its channel"
daemon_stop
wait_for 60 "the first module offers its channel anew" offers
t_ok "the other module is loaded" guest_run patient insmod /run/hostile.ko attack=after-hello
t_ok "the controller starts" daemon_start
wait_for 60 "it hears the other module" eval '[ "$(hellos)" = 2 ]'
wait_for 60 "the VM is unknown, and the reason is told" other_speaks
trusted=$(times trusted)

t_note "the controller restarts: it has not forgotten"
daemon_kill
t_ok "the controller starts" daemon_start
wait_for 60 "unknown again, for the same reason" other_speaks
sleep 10
t_is "it has never been trusted since" "$(times trusted)" "$trusted"

t_note "a new start of the VM: nobody else has spoken in it"
guest_stop patient
t_ok "the guest starts" guest_start patient pvh
vm_wait patient trusted 120
