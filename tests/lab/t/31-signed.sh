#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that no pack knows, signed by somebody: whom the policy names, and others.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly POLICY=/run/lab.policy KEYS=/run/keys

t_cleanup guest_stop patient
t_cleanup daemon_stop

# policy [LINE…]: trusts the lab's guest, and the signers that LINEs name; what is neither is no reason
# to cut it off.
policy() {
	printf '[packs]\ngolden = %s\n[actions]\nunknown-file = unknown\n[signers]\n' \
		"$GOLDEN_PACK" >"$POLICY"
	printf '%s\n' "$@" >>"$POLICY"
}

# signed NAME KEY: a program in the guest that nobody knows, signed, and run. «hash» is no key but the
# attribute that holds a digest alone.
signed() {
	local how="ima_sign -k /root/$2.key"
	[ "$2" = hash ] && how=ima_hash
	guest_run patient "cp /bin/true /root/$1 && echo $1 >>/root/$1 && evmctl $how -a sha256 /root/$1 && /root/$1"
}

reason() {
	vm_get patient "[.found[] | select(.path == \"/root/$1\")][-1] | .class + \": \" + .reason"
}

mkdir -p "$KEYS"
policy ""
daemon_stop
rm -rf "$DAEMON_STATE"
printf '[defaults]\nchallenge = 2\npolicy = %s\n' "$POLICY" >"$DAEMON_CONF"
t_ok "the controller starts" daemon_start
t_ok "a guest starts" guest_start patient pvh ima_template=ima-sig || t_bail "no guest"
vm_wait patient trusted 120
for key in vendor other; do
	t_ok "the key «$key» is made" guest_run patient "openssl req -x509 -nodes -newkey rsa:2048 \
		-keyout /root/$key.key -out /root/$key.crt -days 30 -subj /CN=$key"
	guest_run patient cat "/root/$key.crt" >"$KEYS/$key.crt"
done
t_ok "a policy names the first" policy "key = $KEYS/vendor.crt"
t_ok "it is one" lazaretctl policy check "$POLICY"
t_ok "it is read" lazaretctl reload
vm_wait patient trusted 60

t_ok "a program signed by it runs" signed good vendor
wait_for 60 "dom0 has seen it" eval '[ "$(vm_get patient .records)" -ge "$(guest_records patient)" ]'
sleep 5
t_ok "the guest is trusted" vm_is patient trusted

t_ok "a program signed by another runs" signed bad other
vm_wait patient unknown 60
wait_for 30 "it says why" eval '[[ "$(reason bad)" == "unknown-file: "*"policy does not name"* ]]'
t_ok "a policy names the other as well" policy "key = $KEYS/vendor.crt" "key = $KEYS/other.crt"
t_ok "it is read" lazaretctl reload
vm_wait patient trusted 60

t_ok "one with a digest in the signature's place runs" signed plain hash
vm_wait patient unknown 60
wait_for 30 "that is no signature" eval '[[ "$(reason plain)" == "unknown-file: neither"* ]]'

t_note "what is signed, and on the deny list"
guest_run patient cat /root/good >/run/good
mkdir -p /run/bad-root && cp /run/good /run/bad-root/
t_ok "a deny list is made" lazaretctl golden build --root /run/bad-root -o /run/bad.pack
printf '[packs]\ndenied = /run/bad.pack\n' >>"$POLICY"
t_ok "it is read" lazaretctl reload
vm_wait patient danger 60
t_like "it says why" "$(vm_get patient .reason)" '/root/good: denied'
