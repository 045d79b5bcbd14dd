#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest is infected in several ways, and cured without being rolled back, and without an operator: file by
# file, from packages, in a remedy domain; proven, and let back in. Nothing else on its disk has changed.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly WORK=/run/lab-repair STORE=/run/lab-repair/store SIGNATURES=/run/lab-repair/signatures
readonly POLICY=/run/lab-repair/policy NEW=/run/lab-repair/new MARK='lazaret lab signature 7b1d'
readonly PACKS=/etc/lazaret/packs DEBS=/usr/lib/lazaret-lab/debs
readonly EVIL=/usr/lib/modules/extra/evil.ko

config() {
	mkdir -p "$STORE" "$SIGNATURES" "$NEW"
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
		auto-cure = yes
		cure-interval = 10
		remedy-packages = $STORE
		remedy-signatures = $SIGNATURES
		remedy-memory = 768
		remedy-limit = 1200
	END
	signature_of_text "$SIGNATURES" Lab.Mark "$MARK"
	signature_of_eicar "$SIGNATURES"
}

# tree FILE: all that is on the guest's disk, but for what a running system writes, into a file in there: too
# much to be carried to dom0. Of each file owner, mode, size, time, content and extended attributes; of
# folders owner and mode, since what was in one and is gone leaves its mark on its time; of links the target.
tree() {
	guest_run patient -t 900 "cd /; set -- / -xdev \( -path /tmp -o -path /run -o -path /var/tmp -o -path /var/log \
			-o -path /var/lib/systemd -o -path /var/lib/dhcp -o -path /etc/machine-id -o -path /etc/resolv.conf \) -prune -o
		{ find \"\$@\" -type f -printf '%p %u:%g %m %s %T@\n'; find \"\$@\" -type d -printf '%p/ %u:%g %m\n'
		find \"\$@\" -type l -printf '%p -> %l\n'; find \"\$@\" -type f -print0 | xargs -0 md5sum
		find \"\$@\" -type f -print0 | xargs -0 getfattr -m - -e hex -d --absolute-names |
			awk '/^# file:/ { f = \$3; next } NF { print f, \$0 }'; } | LC_ALL=C sort >/var/tmp/$1; wc -l </var/tmp/$1"
}

# was STATE: has it been in that? A cure that begins by itself does not leave it there for long.
was() {
	vm_get patient '.history[].to' | grep -qx "$1"
}

was_contained() {
	vm_get patient '.steps[] | "\(.transaction) \(.step) \(.result)"' | grep -qx 'contain verify ok'
}

t_cleanup disk_as_golden patient
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
modprobe loop
disk_script
config
t_ok "the controller starts" daemon_start
t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
vm_wait patient trusted 120
kernel=$(guest_run patient 'ls /boot/vmlinuz-*') initrd=$(guest_run patient 'ls /boot/initrd.img-*')
boot=$(guest_run patient 'cat /proc/sys/kernel/random/boot_id')
card=$(vif_name patient)
t_ok "it is made small" guest_shrink patient
t_ok "its files are listed" test "$(tree before)" -gt 5000
t_ok "with a capability that no package has" guest_run patient 'grep -q "^/usr/bin/ping security.capability" /var/tmp/before'

eicar >"$WORK/eicar"
t_ok "EICAR gets into it" guest_put patient "$WORK/eicar" /root/eicar.com
guest_unknown_program patient /usr/local/bin/beacon
t_ok "it is infected in other ways" guest_run patient "for f in /usr/bin/tac /usr/bin/nproc /usr/bin/ping '$kernel' '$initrd'; do
		printf x >>\$f; done
	mkdir -p /usr/lib/modules/extra && printf '\177ELF evil' >'$EVIL'
	printf '[Service]\nExecStart=/usr/local/bin/beacon localhost\n[Install]\nWantedBy=multi-user.target\n' \
		>/etc/systemd/system/beacon.service
	ln -s /opt/hidden.conf /etc/systemd/system/hidden.service; printf '[Service]\n' >/opt/hidden.conf
	cp /usr/bin/ping /usr/lib/evil.so && printf x >>/usr/lib/evil.so; mkdir -p /root/.ssh
	echo 'ssh-ed25519 AAAA stranger' >/root/.ssh/authorized_keys; echo '$MARK' >\$'/root/a b\\nc'; systemctl enable beacon; sync"
t_is "who changes a program takes its capability away" "$(guest_run patient getcap /usr/bin/ping)" ""
# From here on every program is danger, and a cure may begin at once: this must be on the disk before.
t_ok "and by a library in all programs" guest_run patient \
	'echo /usr/lib/evil.so | dd of=/etc/ld.so.preload conv=fsync status=none'
guest_run patient '/usr/local/bin/beacon -V'
wait_for 90 "it is in danger" was danger
wait_for 120 "it is contained" was_contained

t_note "no package: a cure begins by itself, and nothing is changed"
wait_for 900 "it fails" cure_failed_often patient 1
t_like "it says which file nobody has" "$(lazaretctl --json events patient |
	jq -r 'select(.event == "state" and .to == "danger") | .reason')" 'no package in remedy-packages'
t_is "nothing is kept" "$(lazaretctl --json sickbay list | jq '.kept | length')" 0

t_note "with the package, and this site's own files"
t_ok "what no package has is packed" golden_tar "$NEW/site.tar" "$kernel" "$initrd" /usr/bin/ping
cp "$DEBS"/coreutils_*.deb "$NEW/"
t_ok "both are in the store" mv "$NEW"/coreutils_*.deb "$NEW/site.tar" "$STORE/"
vm_wait patient trusted 1800
t_like "it was repaired" "$(vm_get patient '.history[].reason')" 'cured: repaired, booted and proven'
t_is "by nobody's doing" "$(lazaretctl --json events patient | jq -r 'select(.event == "state") | .who' | sort -u | paste -sd ' ')" "attest lazaretd"
t_is "what was restored" "$(repair_changed patient restored)" "$initrd $kernel /usr/bin/nproc /usr/bin/ping /usr/bin/tac"
t_is "what was removed" "$(repair_changed patient removed)" "/etc/ld.so.preload /etc/systemd/system/beacon.service \
/opt/hidden.conf /root/.ssh/authorized_keys /root/a b\\x0ac /root/eicar.com /usr/lib/evil.so $EVIL /usr/local/bin/beacon"
t_note "$(lazaretctl --json show patient | jq -c '[.vm.steps[] | select(.transaction == "repair") | {(.step): .ms}] | add')"
t_is "its card is back" "$(vif_name patient)" "vif$(guest_domid patient).0"
t_fails "it is a new card: another domain's" test "$(vif_name patient)" = "$card"
if have_flask; then t_fails "its label is no danger label" test "$(label_of patient)" = "$LABEL_DANGER"; fi
t_ok "it is up" guest_wait patient
t_fails "it has booted since" test "$(guest_run patient 'cat /proc/sys/kernel/random/boot_id')" = "$boot"
t_ok "its files are listed again" test "$(tree after)" -gt 5000
t_is "they are what they were before, but for an empty folder, and links that lead nowhere" \
	"$(guest_run patient 'diff /var/tmp/before /var/tmp/after | grep "^[<>]" | head -n 30')" \
	"> /etc/systemd/system/hidden.service -> /opt/hidden.conf
> /etc/systemd/system/multi-user.target.wants/beacon.service -> /etc/systemd/system/beacon.service
> /usr/lib/modules/extra/ root:root 755"
t_ok "the remedy domains are gone, and their loop devices" remedy_gone

kept=$(lazaretctl --json sickbay list | jq -r '.kept[0].name')
t_is "one repair is in the sick bay" "$(lazaretctl --json sickbay list | jq '.kept | length')" 1
t_ok "what was removed can be had" lazaretctl sickbay get "$kept" --output="$WORK/kept.tar"
t_is "all of it" "$(tar -tf "$WORK/kept.tar" | wc -l)" 14
t_like "as it was" "$(tar -xOf "$WORK/kept.tar" root/.ssh/authorized_keys)" stranger
t_fails "no scanner finds it in there" grep -q "$MARK" "$DAEMON_STATE/sickbay/$kept.kept"
t_ok "it can be ended" lazaretctl sickbay purge "$kept"
t_is "the sick bay is empty" "$(lazaretctl --json sickbay list | jq '.kept | length')" 0
