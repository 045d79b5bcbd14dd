#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a hostile guest, a full disk or a careless operator does to the controller: a clear error.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

alive() {
	[ "$(daemon_pid)" = "$pid" ] && lazaretctl status >/dev/null
}

t_ok "the controller starts" daemon_fresh 'challenge = 2' 'stale = 8' 'lost = 16'
pid=$(daemon_pid)

t_note "configuration"
printf '[lazaretd]\nuser = lazaret\ncolour = red\n[defaults]\nstale = soon\n[vm x]\npack = here\n' >/run/bad.conf
out=$(lazaretd -t -f /run/bad.conf 2>&1)
t_is "a bad configuration is refused" $? 2
t_like "line 3 is named" "$out" '/run/bad.conf:3: '
t_like "line 5 is named" "$out" '/run/bad.conf:5: '
t_like "line 7 is named" "$out" '/run/bad.conf:7: '
cp "$DAEMON_CONF" /run/good.conf
cp /run/bad.conf "$DAEMON_CONF"
t_fails "reload refuses it" lazaretctl reload
t_ok "the controller lives on" alive
cp /run/good.conf "$DAEMON_CONF"
t_ok "reload takes the good one" lazaretctl reload

t_note "a golden pack that is not one"
t_ok "a guest starts" guest_start patient
vm_wait patient trusted 120
for damage in 'truncate -s 100000' 'truncate -s 0' 'printf x | dd conv=notrunc bs=1 seek=70000 of='; do
	cp "$GOLDEN_PACK" /run/damaged.pack
	eval "$damage${damage:+$([[ $damage == *of= ]] || echo ' ')}/run/damaged.pack" 2>/dev/null
	sed "s,^pack = .*,pack = /run/damaged.pack," /run/good.conf >"$DAEMON_CONF"
	t_ok "reload with a pack after «${damage%% *}»" lazaretctl reload
	wait_for 30 "the VM is unknown" vm_is patient unknown
	wait_for 30 "the reason names the pack" eval '[[ $(vm_get patient .reason) == *"golden pack"* ]]'
done
cp /run/good.conf "$DAEMON_CONF"
lazaretctl reload
vm_wait patient trusted 60

t_note "no room for the journal"
mkdir -p /run/small
mount -t tmpfs -o size=8m tmpfs /run/small
t_cleanup umount -l /run/small
daemon_stop
cp -a "$DAEMON_STATE/." /run/small/
sed "s,^\[lazaretd\],[lazaretd]\nstate-dir = /run/small," /run/good.conf >"$DAEMON_CONF"
t_ok "the controller starts on a small disk" daemon_start
pid=$(daemon_pid)
vm_wait patient trusted 60
cat /dev/zero >/run/small/fill 2>/dev/null
t_ok "a quarantine on a full disk is taken" lazaretctl quarantine patient
wait_for 60 "it is carried out" cut_off patient
t_ok "the controller lives on" alive
t_like "status says what is wrong" "$(lazaretctl --json status | jq -r .journal)" 'full|space'
daemon_kill
t_ok "after a kill it starts again" daemon_start
t_is "the quarantine was recorded all the same" "$(vm_get patient .state)" danger
rm -f /run/small/fill
daemon_stop
cp /run/good.conf "$DAEMON_CONF"
rm -rf "$DAEMON_STATE"
guest_stop patient

t_note "a VM that is destroyed at each step of the sequence"
t_ok "the controller starts" daemon_start
pid=$(daemon_pid)
for delay in 0 0.01 0.03 0.1 0.3; do
	guest_create neighbour pvh
	wait_until 60 guest_domid neighbour
	lazaretctl quarantine neighbour >/dev/null 2>&1
	sleep "$delay"
	xl destroy neighbour 2>/dev/null
	wait_for 60 "destroyed after $delay s: it is gone" guest_gone neighbour
	t_ok "the controller lives on" alive
	t_is "danger stays" "$(vm_get neighbour .state)" danger
done
t_ok "it starts once more" guest_create neighbour pvh
wait_for 60 "and is contained at once" vm_contained neighbour
t_ok "seen from outside, it is cut off" cut_off neighbour
