#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many guests fall ill at once, in dom0: tiny ones (lz-idle), each with a network card and an extra disk.
#	CROWD=50
. "${LAB_LIB:-/lab/lib}/lab.sh"
trap - EXIT

crowd=${CROWD:-50}
readonly DB=$DAEMON_STATE/journal.sqlite MEMORY=8

# percentiles TITLE: of the numbers (milliseconds) on stdin.
percentiles() {
	sort -g | awk -v title="$1" '
		{ v[NR] = $1 }
		function p(q,  i) { i = int(NR * q + 0.5); return v[i < 1 ? 1 : i] }
		END { printf "%-52s n=%d  p50 %8.1f  p90 %8.1f  p99 %8.1f  max %8.1f ms\n", title, NR,
			p(0.5), p(0.9), p(0.99), v[NR] }'
}

# journal SQL: times are nanoseconds.
journal() {
	sqlite3 -readonly "$DB" "$1"
}

# after FIRST TRANSACTION STEP: for each VM, from its last row of state FIRST to the end of that step.
after() {
	journal "SELECT (s.time - d.time) / 1e6 FROM journal s JOIN (SELECT vm, max(time) AS time FROM
		journal WHERE kind = 'state' AND json_extract(data, '\$.to') = '$1' GROUP BY vm) d
		ON s.vm = d.vm AND s.time >= d.time WHERE s.kind = 'step'
		AND json_extract(s.data, '\$.transaction') = '$2' AND json_extract(s.data, '\$.step') = '$3'
		AND json_extract(s.data, '\$.result') = 'ok'"
}

# each TRANSACTION: what each step takes by itself.
each() {
	local step
	for step in $(journal "SELECT json_extract(data, '\$.step') FROM journal WHERE kind = 'step' AND
		json_extract(data, '\$.transaction') = '$1' GROUP BY 1 ORDER BY min(seq)"); do
		journal "SELECT json_extract(data, '\$.ms') FROM journal WHERE kind = 'step' AND
			json_extract(data, '\$.transaction') = '$1' AND
			json_extract(data, '\$.step') = '$step'" | percentiles "  $1, step $step"
	done
}

# count FIELD VALUE: VMs of which that is so.
count() {
	lazaretctl --json status | jq "[.vms[] | select(.$1 == $2)] | length"
}

# all_of_them COMMAND: many at once, of those that the control socket takes (CTL_CLIENTS_MAX).
all_of_them() {
	seq "$made" | xargs -P 12 -I '{}' lazaretctl "$1" 'crowd{}' --reason bench >/dev/null
}

make_one() {
	local number config=/run/crowd-$1.cfg label=
	printf -v number '%02x' "$1"
	! have_flask || label="seclabel = \"$LABEL_GUEST\""
	cat >"$config" <<-END
		name = "crowd$1"
		uuid = "4c617a61-7265-7400-8000-0000000001$number"
		type = "pvh"
		kernel = "/usr/lib/lazaret-lab/lz-idle"
		memory = $MEMORY
		shadow_memory = 2
		vif = [ "mac=00:16:3e:77:01:$number,bridge=xenbr0,script=/lab/bin/lab-vif" ]
		disk = [ "format=raw,vdev=xvda,access=ro,script=/lab/bin/lab-block,target=$GOLDEN_IMAGE",
			"format=raw,vdev=xvdb,access=rw,script=/lab/bin/lab-block,target=$(guest_disk patient)" ]
		$label
	END
	xl create -q "$config" >/dev/null
}

# missed WHAT: a crowd of which not all were dealt with is no measurement.
missed() {
	echo "   NOT ALL $1" >&2
	status=1
}

daemon_fresh || exit 1
made=0 status=0
for ((i = 1; i <= crowd; i++)); do
	make_one "$i" || break
	made=$i
done
echo "== $made guests of $MEMORY MiB fall ill at once, each with a network card and a disk (emulated: compare)"
[ "$made" -eq "$crowd" ] || echo "   (not $crowd: no more could be made here: $(xl info | sed -n 's/^free_memory *: //p') MiB are left)"
all_of_them quarantine
wait_until 300 eval '[ "$(count contained true)" -eq "$made" ]' ||
	missed "ARE CONTAINED: $(count contained true) of $made"
after danger contain pause | percentiles "danger is journaled → paused"
after danger contain verify | percentiles "danger is journaled → verified from outside"
each contain
all_of_them release
wait_until 600 eval '[ "$(count doing null)" -eq "$made" ]' ||
	missed "ARE RELEASED: $(count doing null) of $made"
[ "$(count state '"held"')" -eq "$made" ] ||
	missed "WERE RELEASED: $(count state '"held"') of $made"
after held release verify | percentiles "release is journaled → all is back, verified"
each release
for ((i = 1; i <= made; i++)); do xl destroy "crowd$i"; done
daemon_stop
exit "$status"
