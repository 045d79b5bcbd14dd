#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The package lazaret, in a dom0 that has nothing of ours: installed, there after a boot, upgraded, removed, purged.
. "${LAB_LIB:-/lab/lib}/lab.sh"

need_debs "the package for dom0" || exit 0
t_cleanup dom0_restage
t_cleanup guest_stop patient

# installs FILE: dpkg's word on standard output.
installs() {
	DEBIAN_FRONTEND=noninteractive dpkg -i "$1" 2>&1
}

unit() {
	systemctl show -P "$1" lazaretd
}

# trusted_after_boot: nothing is done but that the guest is started.
trusted_after_boot() {
	wait_for 120 "the daemon came up by itself" lazaretctl status
	t_is "as its unit says" "$(unit ActiveState) $(unit NRestarts)" 'active 0'
	t_ok "what it remembers is whole" lazaretctl journal verify
	t_ok "the guest starts" guest_start patient pvh || t_bail "no guest"
	vm_wait patient trusted 120
	t_is "by its TPM" "$(vm_get patient .evidence)" tpm
}

# install_it: into a clean dom0.
install_it() {
	t_ok "dom0 is clean" dom0_clean
	t_fails "there is no daemon" test -e /usr/sbin/lazaretd
	t_fails "nor its user" getent passwd lazaret

	t_ok "it is installed" installs "$(deb lazaret)"
	t_ok "it has made its user" getent passwd lazaret
	t_is "the daemon runs" "$(unit ActiveState)" active
	t_is "and will after a boot" "$(unit UnitFileState)" enabled
	t_is "systemd waits until it is ready" "$(unit Type)" notify
	t_ok "and ends it when it hangs" test "$(unit WatchdogUSec)" != 0
	t_like "it is there before domains are started" "$(unit Before)" xendomains.service
	t_ok "its own check finds its configuration good" lazaretd -t
	t_ok "it answers" lazaretctl status
	t_like "its exposure is limited" "$(unit NoNewPrivileges) $(unit ProtectSystem)" '^yes full$'
	t_is "the completion is there" \
		"$(bash -c '. /usr/share/bash-completion/completions/lazaretctl && complete -p lazaretctl' |
			grep -c lazaretctl)" 1
	t_ok "so are the policies" test -e /usr/share/lazaret/policy/xsm/lazaret.te
}

watch_a_guest() {
	t_note "a guest that it watches"
	daemon_config 'vtpm = yes' 'challenge = 2' 'stale = 20'
	systemctl restart lazaretd
	t_ok "a guest starts" guest_start patient pvh || t_bail "no guest"
	wait_for 60 "its TPM is up" eval '[ "$(vm_get patient .tpm.state)" = serving ]'
	t_ok "its start is enrolled" lazaretctl enrol patient
	vm_wait patient trusted 120
	guest_shutdown patient
}

if [ "${LAB_BOOT:?}" = 1 ]; then
	install_it
	watch_a_guest
	t_reboot
fi
t_note "dom0 boots again"
trusted_after_boot
before=$(daemon_pid)
t_ok "the package is upgraded" installs "$(deb lazaret next)"
t_is "its configuration is what it was" "$(grep -c '^vtpm = yes' "$DAEMON_CONF")" 1
t_fails "it is another process" test "$(daemon_pid)" = "$before"
vm_wait patient trusted 120
t_ok "what it remembers is whole" lazaretctl journal verify

t_note "it cuts the guest off, and is removed"
t_ok "the guest runs what nobody knows" eval 'guest_unknown_program patient /usr/local/bin/beacon &&
	guest_run patient "/usr/local/bin/beacon -c 1 127.0.0.1"'
vm_wait patient danger 60
wait_for 60 "it is contained" cut_off patient
t_ok "the package is removed" dpkg -r lazaret
t_fails "no daemon runs" pgrep -x lazaretd
t_ok "the guest is still cut off" cut_off patient
t_ok "its configuration is kept" test -e "$DAEMON_CONF"
t_ok "so is its journal" test -s "$DAEMON_STATE/journal.sqlite"
t_ok "it is installed again" installs "$(deb lazaret)"
wait_for 60 "it knows the guest, and why" vm_is patient danger
t_ok "the journal is whole" lazaretctl journal verify

guest_stop patient
t_ok "it is purged" dpkg -P lazaret
t_fails "its configuration is gone" test -e "$DAEMON_CONF"
t_is "all that is kept are the guests' TPMs" "$(ls "$DAEMON_STATE")" vtpm
t_ok "with the guest's keys in them" test -n "$(ls -A "$DAEMON_STATE/vtpm/$(guest_uuid patient)")"
t_fails "no unit is left" systemctl cat lazaretd
t_is "nothing else is left" "$(find /etc/lazaret /usr/sbin /lib/systemd /usr/share/lazaret /run/lazaret \
	-name '*lazaret*' ! -path /etc/lazaret 2>/dev/null)" ''
