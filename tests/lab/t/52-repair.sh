#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest is infected in several ways, and cured without being rolled back: file by file, from packages,
# in a remedy domain; proven, and let back in. Nothing else on its disk has changed.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly WORK=/run/lab-repair STORE=/run/lab-repair/store SIGNATURES=/run/lab-repair/signatures
readonly POLICY=/run/lab-repair/policy MARK='lazaret lab signature 7b1d' GOLDEN=/run/lab-repair/golden
readonly PACKS=/etc/lazaret/packs DEBS=/usr/lib/lazaret-lab/debs
readonly EVIL=/usr/lib/modules/extra/evil.ko

disk_as_golden() {
	guest_stop patient
	cp "$GOLDEN_IMAGE" "$(guest_disk patient)"
	sync
}

config() {
	mkdir -p "$STORE" "$SIGNATURES" "$GOLDEN"
	printf '[packs]\ngolden = %s\ngolden = %s\n' "$PACKS/packages.pack" "$GOLDEN_PACK" >"$POLICY"
	daemon_stop
	rm -rf "$DAEMON_STATE"
	cat >"$DAEMON_CONF" <<-END
		[lazaretd]
		events-file = /var/log/lazaret.ndjson
		remedy-image = /lab/remedy
		[defaults]
		challenge = 2
		settle = 2
		probation = 5
		boot-limit = 600
		[vm $(guest_uuid patient)]
		policy = $POLICY
		cure = repair
		remedy-packages = $STORE
		remedy-signatures = $SIGNATURES
		remedy-memory = 768
		remedy-limit = 1200
	END
	echo "Lab.Mark:0:*:$(printf %s "$MARK" | od -An -tx1 | tr -d ' \n')" >"$SIGNATURES/lab.ndb"
}

# golden_file PATH: from the golden image, which dom0 may mount: no guest ever wrote to it.
golden_file() {
	mount -o ro,noload "$GOLDEN_IMAGE" "$GOLDEN" && tar -C "$GOLDEN" -cf "$STORE/site.tar" "${@#/}"
	umount "$GOLDEN"
}

# tree FILE: all files of the guest but those that a running system writes, with owner, mode, size and time,
# and digests of those that matter most, into a file of its own: too much to be carried to dom0.
tree() {
	guest_run patient -t 900 "{ find / -xdev \( -path /var -o -path /tmp -o -path /run -o -path /etc/machine-id \
		-o -path /etc/resolv.conf \) -prune -o -type f -printf '%p %u:%g %m %s %T@\n' | LC_ALL=C sort
		find /usr/bin /usr/sbin /etc /boot /root -xdev -type f ! -path /etc/machine-id -print0 |
		LC_ALL=C sort -z | xargs -0 sha256sum; } >/var/tmp/$1; wc -l </var/tmp/$1"
}

# changed WHAT: paths that the last repair says it changed in such a way.
changed() {
	lazaretctl --json events patient | jq -rs --arg what "$1" \
		'[.[] | select(.event == "repaired")][-1].changes[] | select(.class == $what) | .path' | sort | paste -sd ' '
}

t_cleanup disk_as_golden
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
modprobe loop
disk_script
config
t_ok "the controller starts" daemon_start
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
kernel=$(guest_run patient 'ls /boot/vmlinuz-*')
t_ok "its files are listed" test "$(tree before)" -gt 10000

guest_unknown_program patient /usr/local/bin/beacon
t_ok "it is infected" guest_run patient "printf x >>/usr/bin/tac; printf x >>/usr/bin/nproc; printf x >>'$kernel'
	mkdir -p /usr/lib/modules/extra && printf '\177ELF evil' >'$EVIL'
	printf '[Service]\nExecStart=/usr/local/bin/beacon localhost\n[Install]\nWantedBy=multi-user.target\n' \
		>/etc/systemd/system/beacon.service
	ln -s /opt/hidden.conf /etc/systemd/system/hidden.service; printf '[Service]\n' >/opt/hidden.conf
	cp /usr/bin/ping /usr/lib/evil.so && printf x >>/usr/lib/evil.so && echo /usr/lib/evil.so >/etc/ld.so.preload.off
	mv /etc/ld.so.preload.off /etc/ld.so.preload; mkdir -p /root/.ssh
	echo 'ssh-ed25519 AAAA stranger' >/root/.ssh/authorized_keys; echo '$MARK' >\$'/root/a b\\nc'; sync"
guest_run patient '/usr/local/bin/beacon -V'
vm_wait patient danger 90
wait_for 120 "it is contained" vm_contained patient

t_note "no package: nothing is changed"
t_ok "a cure begins" lazaretctl cure patient
wait_for 900 "it fails" eval 'vm_get patient .reason | grep -q "the cure failed"'
t_like "it says which file nobody has" "$(vm_get patient .reason)" 'no package in remedy-packages'
t_is "it is in danger" "$(vm_get patient .state)" danger
t_is "nothing is kept" "$(lazaretctl --json sickbay list | jq '.kept | length')" 0

t_note "with the package, and this site's own file"
cp "$DEBS"/coreutils_*.deb "$STORE/"
t_ok "a site's own file is in the store" golden_file "$kernel"
wait_for 120 "nothing is under way" eval '[ "$(vm_get patient .doing)" = null ]'
t_ok "another cure begins" lazaretctl cure patient
vm_wait patient trusted 1500
t_like "it was repaired" "$(vm_get patient '.history[].reason')" 'cured: repaired, booted and proven'
t_is "what was restored" "$(changed restored)" "$kernel /usr/bin/nproc /usr/bin/tac"
t_is "what was removed" "$(changed removed)" "/etc/ld.so.preload /etc/systemd/system/beacon.service /opt/hidden.conf \
/root/.ssh/authorized_keys /root/a b\\x0ac /usr/lib/evil.so $EVIL /usr/local/bin/beacon"
t_note "$(lazaretctl --json show patient | jq -c '[.vm.steps[] | select(.transaction == "repair") | {(.step): .ms}] | add')"
t_is "its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
if have_flask; then t_fails "its label is no danger label" test "$(label_of patient)" = "$LABEL_DANGER"; fi
t_ok "its files are listed again" test "$(tree after)" -gt 10000
t_is "they are what they were before" "$(guest_run patient 'diff /var/tmp/before /var/tmp/after | head -n 30')" ""
t_ok "the remedy domains are gone" eval '! xl list | grep -q lazaret-remedy'

kept=$(lazaretctl --json sickbay list | jq -r '.kept[0].name')
t_is "one repair is in the sick bay" "$(lazaretctl --json sickbay list | jq '.kept | length')" 1
t_ok "what was removed can be had" lazaretctl sickbay get "$kept" --output="$WORK/kept.tar"
t_is "all of it" "$(tar -tf "$WORK/kept.tar" | wc -l)" 11
t_like "as it was" "$(tar -xOf "$WORK/kept.tar" root/.ssh/authorized_keys)" stranger
t_fails "no scanner finds it in there" grep -q "$MARK" "$DAEMON_STATE/sickbay/$kept.kept"
t_ok "it can be ended" lazaretctl sickbay purge "$kept"
t_is "the sick bay is empty" "$(lazaretctl --json sickbay list | jq '.kept | length')" 0
