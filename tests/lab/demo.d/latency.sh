#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Latencies of the chain, in dom0. The emulator makes all of them some ten to fifty times longer
# than on real hardware; they are for comparing one build with another.
. "${LAB_LIB:-/lab/lib}/lab.sh"
trap - EXIT

runs=${RUNS:-200}
# The controller tells so many findings of a boot one by one.
readonly TOLD_MAX=250

# percentiles TITLE: of the numbers (milliseconds) on stdin.
percentiles() {
	sort -g | awk -v title="$1" '
		{ v[NR] = $1 }
		function p(q,  i) { i = int(NR * q + 0.5); return v[i < 1 ? 1 : i] }
		END { printf "%-52s n=%d  p50 %8.1f  p90 %8.1f  p99 %8.1f  max %8.1f ms\n", title, NR,
			p(0.5), p(0.9), p(0.99), v[NR] }'
}

findings() {
	vm_get patient "[.found[] | select(.danger)] | .[] | (.$2 - .$1) / 1e6"
}

# Milliseconds from the journal row of the state «danger» to the end of a step of containment.
steps_after_danger() {
	lazaretctl --json show patient | jq -r --arg step "$1" '
		def ms: (.time | sub("\\.[0-9]+Z$"; "Z") | fromdate) * 1000
			+ (.time | capture("\\.(?<f>[0-9]+)Z$").f | tonumber);
		([.vm.history[] | select(.to == "danger")][-1] | ms) as $t0 |
		[.vm.steps[] | select(.transaction == "contain" and .step == $step)][-1] | ms - $t0'
}

[ "$runs" -le "$TOLD_MAX" ] || runs=$TOLD_MAX
echo "== the chain in the lab, $runs runs (emulated: compare, do not take at face value)"
daemon_fresh 'challenge = 2'
guest_start patient pvh
if ! wait_until 120 vm_is patient trusted; then
	echo "the patient is not trusted: $(lazaretctl status)"
	exit 1
fi
# Guest and dom0 have clocks of their own: what is between them is taken off.
guest_put patient /lab/clock.pl /run/clock.pl
guest_run patient "perl /run/clock.pl serve >/dev/null 2>&1 &"
read -r clock_ms clock_error < <(perl /lab/clock.pl "$(guest_ip patient)") || exit 1
echo "   the guest's clock is $clock_ms ms beside dom0's, known to $clock_error ms; taken off below"
xl network-detach patient 0

echo "   $runs programs that nobody knows are started in the guest"
guest_run patient -t 600 "for i in \$(seq $runs); do cp /usr/bin/true /run/x; echo \$i >>/run/x; \
	cp /run/x /run/x\$i; /run/x\$i; sleep 0.2; done"
all_came() {
	[ "$(vm_get patient '[.found[] | select(.danger)] | length')" -ge "$runs" ]
}
if ! wait_until 120 all_came; then
	echo "not every finding came: $(vm_get patient '.found | length')"
	exit 1
fi
findings guest_ns received_ns | awk -v off="$clock_ms" '{ print $1 + off }' |
	percentiles "first exec in the guest → record in dom0"
findings received_ns verdict_ns | percentiles "record in dom0 → verdict"

echo "   $runs quarantines of a guest without a network card, each released again"
wait_until 60 vm_contained patient
lazaretctl release patient --reason bench >/dev/null
for ((i = 0; i < runs; i++)); do
	wait_until 30 eval '[ "$(vm_get patient ".plan")" = null ]'
	lazaretctl quarantine patient >/dev/null || exit 1
	wait_until 30 vm_contained patient || exit 1
	steps_after_danger pause >>/run/pause.ms
	steps_after_danger relabel >>/run/relabel.ms
	steps_after_danger verify >>/run/verify.ms
	wait_until 30 eval '[ "$(vm_get patient ".doing")" = null ]'
	lazaretctl release patient --reason bench >/dev/null || exit 1
done
percentiles "danger is journaled → paused" </run/pause.ms
percentiles "danger is journaled → relabelled" </run/relabel.ms
percentiles "danger is journaled → verified from outside" </run/verify.ms
guest_stop patient

# swtpm_alone CMD…: with a TPM on the socket /run/alone/sock, as our children start theirs, but bare.
swtpm_alone() {
	local pid
	mkdir -p /run/alone/state
	swtpm socket --tpm2 --tpmstate dir=/run/alone/state --server type=unixio,path=/run/alone/sock \
		--flags not-need-init,startup-clear &
	pid=$!
	wait_until 30 test -S /run/alone/sock && "$@"
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rm -rf /run/alone
}

# private_memory TITLE PID: what is that process's alone.
private_memory() {
	awk -v title="$1" '/^Private_(Clean|Dirty):/ { kib += $2 }
		END { printf "%-52s %6d KiB private\n", title, kib }' "/proc/$2/smaps_rollup"
}

echo "== memory of the processes of one VM"
guest_start patient pvh && wait_until 60 eval '[ "$(vm_get patient .tpm.state)" = serving ]'
wait_until 60 eval '[ "$(vm_get patient .records)" -gt 50 ]'
echo "   its list has $(guest_records patient) records"
private_memory "attest" "$(daemon_child patient)"
pid=$(pgrep -P "$(daemon_pid)" -f -- "-r vtpm" | head -n 1)
private_memory "vtpm" "$pid"
private_memory "  its swtpm" "$(pgrep -P "$pid" swtpm || pgrep -n swtpm)"
guest_stop patient

echo "== one extend, on the same emulated machine"
swtpm_alone perl /lab/extends.pl "swtpm alone, on a socket in dom0" /run/alone/sock "$((5 * runs))"
daemon_fresh 'vtpm = yes' 'level = watch'
for type in pvh pv; do
	guest_start patient "$type" && guest_put patient /lab/extends.pl /run/extends.pl &&
		wait_until 60 guest_run patient test -c /dev/tpm0 &&
		guest_run patient -t 600 "perl /run/extends.pl \
			'/dev/tpm0 of a $type guest, ring, backend, swtpm' /dev/tpm0 $((5 * runs))"
	guest_stop patient
done
daemon_stop
