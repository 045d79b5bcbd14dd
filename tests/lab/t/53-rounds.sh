#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An illness that nothing heals yet: rounds go by and the guest stays in danger. Then there is a package, and
# a signature: it is cured without anybody's doing.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly STORE=/run/lab-rounds/store SIGNATURES=/run/lab-rounds/signatures
readonly POLICY=/run/lab-rounds/policy PACKS=/etc/lazaret/packs DEBS=/usr/lib/lazaret-lab/debs
readonly MARK='lazaret lab signature 7b1d' ROUNDS=3

disk_as_golden() {
	guest_stop patient
	cp "$GOLDEN_IMAGE" "$(guest_disk patient)"
	sync
}

# failed: rounds that have failed so far.
failed() {
	lazaretctl --json events patient |
		jq -s '[.[] | select(.event == "state" and .to == "danger" and (.reason | test("the cure failed")))] | length'
}
failed_often() {
	[ "$(failed)" -ge "$ROUNDS" ]
}

t_cleanup disk_as_golden
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
modprobe loop
disk_script
mkdir -p "$STORE" "$SIGNATURES"
printf '[packs]\ngolden = %s\ngolden = %s\n' "$PACKS/packages.pack" "$GOLDEN_PACK" >"$POLICY"
t_ok "the controller starts" daemon_fresh 'settle = 2' 'probation = 5' 'boot-limit = 600' 'challenge = 2' 'stale = 20' \
	"remedy-packages = $STORE" "remedy-signatures = $SIGNATURES" 'remedy-memory = 768' 'cure = repair' \
	'cure-interval = 5' 'auto-cure = yes'
sed -i "s,^pack = .*,policy = $POLICY," "$DAEMON_CONF"
echo "Lab.Other:0:*:$(printf %s "not this one" | od -An -tx1 | tr -d ' \n')" >"$SIGNATURES/lab.ndb"
t_ok "its policy is taken" lazaretctl reload
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_ok "it is infected, by a program and by a file that is no program" guest_run patient \
	"echo '$MARK' >/srv/data; printf x >>/usr/bin/nproc; sync; nproc"
vm_wait patient danger 90
wait_for 2400 "$ROUNDS rounds fail" failed_often
t_is "it is in danger, or in another round" "$(vm_get patient '.state | test("danger|curing")')" true
t_like "it says what it waits for" "$(lazaretctl --json events patient | jq -r .reason)" 'no package in remedy-packages'

cp "$DEBS"/coreutils_*.deb "$STORE/"
echo "Lab.Mark:0:*:$(printf %s "$MARK" | od -An -tx1 | tr -d ' \n')" >"$SIGNATURES/lab.ndb"
vm_wait patient trusted 2400
t_ok "its program is the golden one" guest_run patient 'nproc'
t_fails "the file that a signature knows is gone" guest_run patient '[ -e /srv/data ]'
t_is "what it has is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
t_is "by nobody's doing" "$(vm_get patient '[.history[] | select(.to == "curing") | .who] | unique | join(" ")')" lazaretd
