#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Golden values out of Debian's packages: a guest is trusted by them alone, an update is told from
# an attack, and a rollout makes it good without anything being started again.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly PACKS=/etc/lazaret/packs POLICY=/run/lab.policy TOOLS=/usr/lib/lazaret-lab LOG=/run/ima.bin
readonly REPO=/srv/repo APT='apt-get -q -y' APT_LIMIT=400

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

# tool_finding FILTER: of the last finding of lz-tool.
tool_finding() {
	vm_get patient "[.found[] | select(.path == \"/usr/bin/lz-tool\")][-1] | $1"
}

# version_of KEY: which version that finding names.
version_of() {
	tool_finding ".$1"
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
t_ok "the guest has a repository" guest_run patient "mkdir -p $REPO"
for version in 1.0 2.0; do
	t_ok "with lz-tool $version, to begin with outside of it" guest_put patient \
		"$TOOLS/lz-tool_${version}_all.deb" "/root/lz-tool_${version}_all.deb"
done
t_ok "the guest knows no other" guest_run patient \
	"echo 'deb [trusted=yes] file:$REPO ./' >/etc/apt/sources.list"
t_ok "apt installs the file" guest_run patient -t "$APT_LIMIT" \
	"$APT install /root/lz-tool_1.0_all.deb && lz-tool"
vm_wait patient unknown 60
wait_for 30 "its program is found" eval '[ "$(found ".path | endswith(\"/lz-tool\")")" = \
	"unknown-file /usr/bin/lz-tool" ]'
t_like "and what it was installed by" "$(vm_get patient '[.found[].path] | join(" ")')" \
	'/var/lib/dpkg/info/lz-tool.postinst'
t_is "and no more than that: apt, and all that it starts, is golden" \
	"$(vm_get patient '[.found[].path | select(test("lz-tool|/var/lib/dpkg/tmp.ci/") | not)] | length')" 0
t_is "nobody knows which version that is" "$(version_of known_version)" ""
t_is "nor which should be there" "$(version_of expected_version)" ""
t_is "the guest is not cut off for that" "$(vm_get patient .contained)" false
domain=$(guest_domid patient)
t_ok "a rollout" lazaretctl golden rollout "$POLICY" "$PACKS/lz-tool-1.0.pack"
vm_wait patient trusted 60

t_note "it is updated"
t_ok "the new one comes into the repository" guest_run patient -t "$APT_LIMIT" \
	"cp /root/lz-tool_2.0_all.deb $REPO/ && cd $REPO && dpkg-scanpackages . >Packages && $APT update"
t_ok "apt upgrades to it" guest_run patient -t "$APT_LIMIT" "$APT upgrade && lz-tool"
t_is "which is the new version" "$(guest_run patient "dpkg-query -W -f '\${Version}' lz-tool")" 2.0
vm_wait patient unknown 60
wait_for 30 "the program is known, but not so" eval '[ "$(found ".path | endswith(\"/lz-tool\")")" = \
	"wrong-digest /usr/bin/lz-tool" ]'
t_is "it is told what was expected" "$(tool_finding .expected)" \
	"sha256:$(lazaretctl golden explain "$PACKS/lz-tool-1.0.pack" /usr/bin/lz-tool | sed 's/^sha256://; s/ .*//')"
t_is "which is of the old version" "$(version_of expected_version)" "lz-tool 1.0"
t_is "and that nobody knows the new one yet" "$(version_of known_version)" ""
t_like "people are told so as well" "$(lazaretctl show patient)" 'golden here +lz-tool 1\.0'
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
t_is "it is told which version that was" "$(version_of known_version)" "lz-tool 1.0 (retired)"
t_is "and which should be there" "$(version_of expected_version)" "lz-tool 2.0"
t_like "people are told so as well" "$(lazaretctl show patient)" 'known as +lz-tool 1\.0 \(retired\)'

t_note "what is not old, but nobody's"
t_ok "somebody changes the program" guest_run patient \
	'echo "echo more" >>/usr/bin/lz-tool && lz-tool'
wait_for 30 "that is told from an old version" eval '[ "$(found ".path | endswith(\"/lz-tool\")")" = \
	"wrong-digest /usr/bin/lz-tool" ]'
t_is "no version is named" "$(version_of known_version)" ""
t_is "but the one that should be there" "$(version_of expected_version)" "lz-tool 2.0"
t_ok "somebody takes an old version elsewhere" guest_run patient \
	'dpkg-deb --fsys-tarfile /root/lz-tool_1.0_all.deb | tar -xO ./usr/bin/lz-tool >/root/old-tool &&
	chmod 755 /root/old-tool && /root/old-tool'
wait_for 30 "that is found" eval '[ "$(found ".path == \"/root/old-tool\"")" = \
	"unknown-file /root/old-tool" ]'
t_is "with the version that it is of" \
	"$(vm_get patient '[.found[] | select(.path == "/root/old-tool")][-1].known_version')" \
	"lz-tool 1.0 (retired)"

t_note "what must not run, although a package has it"
printf 'denied = %s\n' "$PACKS/lz-tool-2.0.pack" >/run/denied
sed -i '/^\[packs\]/r /run/denied' "$POLICY"
t_ok "the policy is read again" lazaretctl reload
vm_wait patient danger 60
t_like "it says why" "$(vm_get patient .reason)" 'denied'
wait_for 60 "it is contained" cut_off patient
