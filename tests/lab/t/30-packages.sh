#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Golden values out of Debian's packages: a guest is trusted by them alone, an update is told from
# an attack, and a rollout makes it good without anything being started again.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly PACKS=/etc/lazaret/packs POLICY=/run/lab.policy TOOLS=/usr/lib/lazaret-lab LOG=/run/ima.bin

t_cleanup guest_stop patient
t_cleanup daemon_stop

# policy PACK…: of these packs; what is not golden is no reason to cut a guest off.
policy() {
	printf '[packs]\n' >"$POLICY"
	printf "golden = $PACKS/%s.pack\n" "$@" >>"$POLICY"
	printf '[actions]\nunknown-file = unknown\nwrong-digest = unknown\n' >>"$POLICY"
}

# found FILTER: the last finding for which jq's FILTER holds, as «class path».
found() {
	vm_get patient "[.found[] | select($1)][-1] | .class + \" \" + .path"
}

# offline [OPTION…]: the guest's list, judged by the tool alone; exit code is the verdict's.
offline() {
	lazaretctl verify --log "$LOG" "$@"
}

lazaretctl golden show "$PACKS/packages.pack"
policy packages initramfs site
t_ok "the policy is one" lazaretctl policy check "$POLICY"
daemon_stop
rm -rf "$DAEMON_STATE"
printf '[defaults]\nchallenge = 2\npolicy = %s\n' "$POLICY" >"$DAEMON_CONF"
t_ok "the controller starts" daemon_start
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
t_is "every file it used is out of a package, of what boots it, or of this site" \
	"$(vm_get patient '.found | length')" 0

guest_run patient 'base64 -w 0 /sys/kernel/security/ima/binary_runtime_measurements' |
	base64 -d >"$LOG"
t_ok "the tool alone says so as well" offline --policy "$POLICY"
policy packages initramfs
t_fails "without this site's own files it would not be" offline --policy "$POLICY"
offline --json --policy "$POLICY" | jq -r 'select(.class == "unknown-file") | .text' | sort -u
t_is "which are the module that dkms built, and the lab's agent" \
	"$(offline --json --policy "$POLICY" | jq -r 'select(.class == "unknown-file") | .text' |
		grep -o '/[^: ]*' | sort -u | tr '\n' ' ')" \
	"$(guest_run patient 'modinfo -n lazaret | sed s,^/lib,/usr/lib,') /usr/local/sbin/lab-agent "
policy packages initramfs site
t_ok "the list leads to the PCRs of its TPM, or of no other" offline
t_fails "and not to others" offline --pcrs <(echo "10: $(printf '%040d' 1)")

t_note "a package is installed"
t_ok "the guest gets it" guest_put patient "$TOOLS/lz-tool_1.0_all.deb" /root/one.deb
t_ok "and the next one" guest_put patient "$TOOLS/lz-tool_2.0_all.deb" /root/two.deb
t_ok "it is installed" guest_run patient 'dpkg -i /root/one.deb && lz-tool'
vm_wait patient unknown 60
wait_for 30 "its program is found" eval '[ "$(found ".path | endswith(\"/lz-tool\")")" = \
	"unknown-file /usr/bin/lz-tool" ]'
t_like "and what it was installed by" "$(vm_get patient '[.found[].path] | join(" ")')" \
	'/var/lib/dpkg/info/lz-tool.postinst'
t_is "the guest is not cut off for that" "$(vm_get patient .contained)" false
domain=$(guest_domid patient)
t_ok "a rollout" lazaretctl golden rollout "$POLICY" "$PACKS/lz-tool-1.0.pack"
vm_wait patient trusted 60

t_note "it is updated"
t_ok "the new one is installed" guest_run patient 'dpkg -i /root/two.deb && lz-tool'
vm_wait patient unknown 60
wait_for 30 "the program is known, but not so" eval '[ "$(found ".path | endswith(\"/lz-tool\")")" = \
	"wrong-digest /usr/bin/lz-tool" ]'
t_is "it is told what was expected" "$(vm_get patient '[.found[] | select(.path == "/usr/bin/lz-tool")][-1].expected')" \
	"sha256:$(lazaretctl golden explain "$PACKS/lz-tool-1.0.pack" /usr/bin/lz-tool | sed 's/^sha256://; s/ .*//')"
t_ok "a rollout, in which both are good" lazaretctl golden rollout "$POLICY" \
	"$PACKS/lz-tool-2.0.pack" --replaces "$PACKS/lz-tool-1.0.pack" --until 2999-12-31
vm_wait patient trusted 60
t_is "nothing was started again" "$(guest_domid patient)" "$domain"

t_note "the old one's time is over"
sed -i 's/ until 2999-12-31/ until 2020-01-01/' "$POLICY"
t_ok "the policy is read again" lazaretctl reload
vm_wait patient unknown 60
wait_for 30 "this guest once ran what is outdated" eval '[ "$(found ".class == \"outdated\"")" = \
	"outdated /usr/bin/lz-tool" ]'

t_note "what must not run, although a package has it"
printf 'denied = %s\n' "$PACKS/lz-tool-2.0.pack" >/run/denied
sed -i '/^\[packs\]/r /run/denied' "$POLICY"
t_ok "the policy is read again" lazaretctl reload
vm_wait patient danger 60
t_like "it says why" "$(vm_get patient .reason)" 'denied'
wait_for 60 "it is contained" cut_off patient
