# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets, counted and timed from dom0.

# vif_name NAME: the guest's card in dom0; fails when the guest has none.
vif_name() {
	local id
	id=$(guest_domid "$1") && [ -d "/sys/class/net/vif$id.0" ] && echo "vif$id.0"
}

# vif_sent NAME: packets that came from the guest; vif_received NAME: that were given to it.
vif_sent() {
	cat "/sys/class/net/$(vif_name "$1")/statistics/rx_packets"
}
vif_received() {
	cat "/sys/class/net/$(vif_name "$1")/statistics/tx_packets"
}

# packets_watch NAME: from now on, note the time of each packet of this guest on the bridge.
packets_watch() {
	local log=/run/lab-packets-$1
	packets_stop "$1"
	tcpdump -i xenbr0 -n -tt -l "ether src $(guest_mac "$1")" >"$log" 2>"$log.err" &
	echo "$!" >"$log.pid"
	t_cleanup packets_stop "$1"
	wait_until 20 grep -q 'listening on' "$log.err"
}

# packets_last NAME: time of its last packet in seconds since 1970 (with a fraction), or "none".
packets_last() {
	local last
	last=$(tail -n 1 "/run/lab-packets-$1")
	last=${last%% *}
	echo "${last:-none}"
}

# packets_seen NAME: how many since packets_watch.
packets_seen() {
	wc -l <"/run/lab-packets-$1"
}

# packets_stop NAME
packets_stop() {
	local pid
	pid=$(cat "/run/lab-packets-$1.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	rm -f "/run/lab-packets-$1.pid"
}

# guest_reaches NAME OTHER: does one ping get through within two seconds?
guest_reaches() {
	guest_run "$1" -t 10 "ping -c 1 -W 2 $(guest_ip "$2")"
}
