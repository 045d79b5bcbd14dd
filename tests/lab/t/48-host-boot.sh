#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dom0 boots, and xendomains starts the VMs, two of which are in danger: once with the controller in its
# place, once with none. Neither VM runs before it is contained.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly UNITS=/etc/systemd/system CONF=/etc/lazaret/lab.conf PACKETS=/run/lab-packets-boot
readonly ILL=(patient neighbour) # the one is PVH, the other PV

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop
[ "$LAB_BOOT" = 1 ] || t_cleanup as_before

# xendomains as on any host, and what the patients send from the first moment on.
set_up_boot() {
	rm -f "$UNITS/xendomains.service"
	printf '[Unit]\nAfter=xen.service lab-packets.service\nRequires=lab-packets.service\n[Service]\n%s\n' \
		"Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=600
ExecStart=/etc/init.d/xendomains start
[Install]
WantedBy=multi-user.target" >"$UNITS/xendomains.service"
	printf '[Unit]\nAfter=lab-up.service\n[Service]\nExecStart=tcpdump -i xenbr0 -n -l -w %s -U %s\nExecStartPost=/bin/sh -c "until [ -s %s ]; do sleep 1; done"\n' \
		"$PACKETS" "ether src $(guest_mac patient) or ether src $(guest_mac neighbour)" "$PACKETS" \
		>"$UNITS/lab-packets.service"
	mkdir -p "$UNITS/lazaretd.service.d" /etc/xen/auto
	# The host writes the usual file anew at each boot.
	printf '[Service]\nExecStart=\nExecStart=/usr/sbin/lazaretd -f %s\n' "$CONF" \
		>"$UNITS/lazaretd.service.d/lab.conf"
	cp "$DAEMON_CONF" "$CONF"
	for name in "${ILL[@]}"; do
		sed "s,/lab/bin/lab-,/lab/bin/lazaret-lab-," "/etc/xen/lab/$name.cfg" >"/etc/xen/auto/$name.cfg"
	done
	for kind in vif block; do ln -sf /etc/xen/scripts/lazaret-block "/lab/bin/lazaret-lab-$kind"; done
	systemctl daemon-reload
	systemctl enable xendomains lazaretd
}

as_before() {
	systemctl disable xendomains
	rm -rf "$UNITS/lazaretd.service.d" "$UNITS/xendomains.service" "$UNITS/lab-packets.service" /etc/xen/auto/*.cfg
	ln -s /dev/null "$UNITS/xendomains.service"
	systemctl daemon-reload
}

started() {
	guest_domid patient && guest_domid neighbour
}

packets_at_boot() {
	tcpdump -r "$PACKETS" -n 2>/dev/null | wc -l
}

# came_up WHEN
came_up() {
	for name in "${ILL[@]}"; do
		wait_for 120 "$1: $name is contained" vm_contained "$name"
		t_is "$1: $name is in danger" "$(vm_get "$name" .state)" danger
		t_ok "$1: $name: seen from outside, it is cut off" cut_off "$name"
		t_ok "$1: $name comes up" guest_wait "$name"
	done
	t_ok "$1: packets were watched" test -s "$PACKETS"
	t_is "$1: no packet of theirs was seen" "$(packets_at_boot)" 0
}

case ${LAB_BOOT:?} in
1)
	t_ok "the controller starts" daemon_fresh
	t_ok "two guests start" guest_start_all "${ILL[@]}" || t_bail "no guests"
	for name in "${ILL[@]}"; do
		t_ok "$name is put in quarantine" lazaretctl quarantine "$name"
		wait_for 60 "$name is contained" vm_contained "$name"
	done
	t_ok "dom0 is set up to start them at boot" set_up_boot
	t_reboot
	;;
2)
	wait_for 180 "dom0 has booted: xendomains started both" started
	wait_for 60 "dom0 has booted: the controller answers" lazaretctl status
	came_up "dom0 has booted"
	systemctl disable lazaretd
	t_reboot
	;;
3)
	wait_for 180 "dom0 has booted without a controller: xendomains started both" started
	t_fails "no controller runs" lazaretctl status
	wait_for 120 "xendomains is through" eval '[ "$(systemctl is-active xendomains)" = active ]'
	for name in "${ILL[@]}"; do
		t_like "without a controller: $name has not run" "$(xl list "$name" | tail -n 1)" '--p--.* 0\.0$'
	done
	t_ok "the controller starts late" daemon_start
	came_up "the controller started late"
	;;
esac
