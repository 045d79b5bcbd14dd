#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Clients in dom0 that break the rules: the guest's module says BYE or hangs up, and serves the next.
. "${LAB_LIB:-/lab/lib}/lab.sh"

PEEK=${PEEK:-/usr/lib/lazaret-lab/lz-peek}
guest_stop patient
t_cleanup guest_stop patient
t_ok "a guest starts" guest_start patient || t_bail "no guest"
id=$(guest_domid patient)

# next_is_served: a good client gets the first ten records.
next_is_served() {
	"$PEEK" -q -n 10 -t 10 "$id"
}

for trick in magic length seq short nonce beyond twice type early; do
	out=$("$PEEK" -q -n 1000000 -x "$trick" "$id" 2>/dev/null)
	t_is "$trick: the channel is closed" $? 3
	t_like "$trick: for a breach of the protocol" "$out" 'bye reason=3'
	t_ok "$trick: the next client is served" next_is_served
done

out=$("$PEEK" -q -x version "$id" 2>/dev/null)
t_like "version: the reason is the version" "$out" 'bye reason=2'
t_ok "version: the next client is served" next_is_served

for trick in indices liveness bye; do
	"$PEEK" -q -n 1000000 -x "$trick" "$id" >/dev/null 2>&1
	t_is "$trick: the channel is closed" $? 3
	t_ok "$trick: the next client is served" next_is_served
done

{ "$PEEK" -q -x half "$id"; } >/dev/null 2>&1
t_ok "half: the next client is served" next_is_served

for trick in unknown flood; do
	"$PEEK" -q -n 1000000 -t 15 -x "$trick" "$id" >/dev/null 2>&1
	t_is "$trick: does no harm, the stream goes on until time is out" $? 4
	t_ok "$trick: the next client is served" next_is_served
done

"$PEEK" -q -t 20 -x stall "$id" >/dev/null 2>&1 &
t_ok "stall: a client that reads nothing slows no exec" guest_run patient -t 15 \
	'for i in $(seq 20); do cp /bin/true /tmp/n; echo $RANDOM >>/tmp/n; /tmp/n; done'
wait $!
t_ok "stall: the next client is served" next_is_served
t_is "the kernel did not complain" "$(guest_complaints patient)" ''
