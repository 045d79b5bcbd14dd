#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An illness that nothing heals yet: rounds go by and the guest stays in danger. Then there is a package, and
# a signature: it is cured without anybody's doing.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly STORE=/run/lab-rounds/store SIGNATURES=/run/lab-rounds/signatures
readonly POLICY=/run/lab-rounds/policy PACKS=/etc/lazaret/packs DEBS=/usr/lib/lazaret-lab/debs
readonly MARK='lazaret lab signature 7b1d' ROUNDS=3

# round_over: a round that began before now is through.
round_over() {
	! vm_is patient curing || cure_failed_often patient "$((known + 1))"
}

t_cleanup disk_as_golden patient
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
signature_of_text "$SIGNATURES" Lab.Other 'not this one'
t_ok "its policy is taken" lazaretctl reload
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_ok "it is made small" guest_shrink patient
t_ok "it is infected, by a program and by a file that is no program" guest_run patient \
	"echo '$MARK' >/srv/data; printf x >>/usr/bin/nproc; sync; nproc"
vm_wait patient danger 90
wait_for 2400 "$ROUNDS rounds fail" cure_failed_often patient "$ROUNDS"
t_is "it is in danger, or in another round" "$(vm_get patient '.state | test("danger|curing")')" true
t_like "it says what it waits for" "$(lazaretctl --json events patient | jq -r .reason)" 'no package in remedy-packages'

# A round that has looked at the disk without the signature must not find the package: it would heal half.
known=$(cure_failed patient)
signature_of_text "$SIGNATURES" Lab.Mark "$MARK"
wait_for 900 "no round is left that does not know the signature" round_over
cp "$DEBS"/coreutils_*.deb "$STORE/../" && mv "$STORE"/../coreutils_*.deb "$STORE/"
vm_wait patient trusted 2400
t_ok "it is up" guest_wait patient
t_ok "its program is the golden one" guest_run patient 'nproc'
t_fails "the file that a signature knows is gone" guest_run patient '[ -e /srv/data ]'
t_is "what it has is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
t_is "by nobody's doing" "$(vm_get patient '[.history[] | select(.to == "curing") | .who] | unique | join(" ")')" lazaretd
