# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The controller in dom0, as an operator runs it: its unit, its configuration, its tool.

readonly DAEMON_CONF=/etc/lazaret/lazaretd.conf DAEMON_STATE=/var/lib/lazaret
# Golden values of the lab's guest, made from its root tree when the lab was staged.
readonly GOLDEN_PACK=/etc/lazaret/packs/guest.pack
readonly GOLDEN_IMAGE=/dev/disk/by-id/virtio-golden

# daemon_config [LINE…]: the configuration of the lab: golden pack and image for both guests;
# LINEs are added to [defaults]. Where they don't say how often proofs are demanded, it is more often
# than by default: tests wait for them.
daemon_config() {
	mkdir -p /etc/lazaret
	[[ $* == *challenge* ]] || set -- 'challenge = 5' 'stale = 20' "$@"
	{
		printf '[lazaretd]\nevents-file = /var/log/lazaret.ndjson\nremedy-image = /lab/remedy\n\n'
		printf '[defaults]\n'
		printf '%s\n' "$@"
		for name in patient neighbour; do
			printf '\n[vm %s]\npack = %s\ngolden-image = %s\n' \
				"$(guest_uuid "$name")" "$GOLDEN_PACK" "$GOLDEN_IMAGE"
		done
	} >"$DAEMON_CONF"
}

# daemon_start: as systemd does it; waits until it answers. Makes its user the first time.
daemon_start() {
	getent passwd lazaret >/dev/null ||
		adduser --system --group --no-create-home --quiet lazaret
	systemctl reset-failed lazaretd 2>/dev/null
	systemctl start lazaretd && wait_until 30 lazaretctl status
}

daemon_stop() {
	systemctl stop lazaretd
}

# daemon_fresh [LINE…]: stop, forget everything, start with such a configuration.
daemon_fresh() {
	daemon_stop
	rm -rf "$DAEMON_STATE"
	daemon_config "$@"
	daemon_start
}

daemon_pid() {
	systemctl show -P MainPID lazaretd
}

# daemon_child NAME: process id of the guest's attest process.
daemon_child() {
	pgrep -P "$(daemon_pid)" -f -- "-r attest $(guest_domid "$1") "
}

# daemon_kill: end the parent at once, with all of its children, and let it stay down.
daemon_kill() {
	systemctl mask --runtime --quiet lazaretd
	systemctl kill -s KILL lazaretd
	wait_until 10 daemon_down
	systemctl unmask --runtime --quiet lazaretd
	systemctl stop lazaretd
}

daemon_down() {
	! systemctl is-active -q lazaretd && ! pgrep -x lazaretd
}

# vm_get NAME FILTER: a field of «lazaretctl show», by a jq filter on the VM's object.
vm_get() {
	lazaretctl --json show "$1" | jq -r ".vm | $2"
}

# vm_is NAME STATE: is that its state?
vm_is() {
	[ "$(vm_get "$1" .state)" = "$2" ]
}

# vm_contained NAME: does the controller say it is verified to be cut off?
vm_contained() {
	[ "$(vm_get "$1" .contained)" = true ]
}

# vm_wait NAME STATE [SECS]: a test point.
vm_wait() {
	wait_for "${3:-90}" "$1 is $2" vm_is "$1" "$2" ||
		t_note "it is $(vm_get "$1" '.state + ": " + .reason')"
}

# cut_off NAME: seen from outside, not from the controller: no card, and the danger label.
cut_off() {
	! vif_name "$1" >/dev/null && { ! have_flask || [ "$(label_of "$1")" = "$LABEL_DANGER" ]; }
}

# vm_records_equal NAME: has the controller replayed just the records that the guest's own list has?
vm_records_equal() {
	[ "$(guest_records "$1")" = "$(vm_get "$1" .proven_records)" ]
}

# guest_records NAME: length of the guest's own list.
guest_records() {
	guest_run "$1" cat /sys/kernel/security/ima/runtime_measurements_count
}

# guest_unknown_program NAME PATH: leaves a program there that no golden pack knows; it is ping.
guest_unknown_program() {
	guest_run "$1" "cp /usr/bin/ping '$2' && printf '%s' \$RANDOM >>'$2'"
}

# lists_agree BANK: PCR 10 of the guest's TPM is what the controller computes of the records.
lists_agree() {
	lazaretctl prove patient
	[ "$(guest_run patient "cat /sys/class/tpm/tpm0/pcr-$1/10" | tr A-F a-f)" = \
		"$(vm_get patient ".pcr10.$1")" ]
}
