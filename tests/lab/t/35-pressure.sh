#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest under strain while its records stream: a processor that comes and goes, memory that is as good
# as used up, a list of 100,000 records. Nothing is lost, and the module takes no more memory.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly MANY=100000 POLICY=/etc/lazaret/pressure.policy
t_cleanup guest_stop patient
t_cleanup daemon_stop

# A program that makes COUNT records in DIR, and one process: it maps so many files in order to execute them.
# Such files are excluded from the verdict, and nothing else is.
make_records() {
	guest_run patient -t 3000 "mkdir -p $1 && perl -e '
		for my \$i (1 .. $2) {
			open F, \">\", \"$1/\$i\" or die; syswrite F, \"$1 \$i\"; close F;
			open F, \"<\", \"$1/\$i\" or die;
			my \$at = syscall(9, 0, 4096, 5, 2, fileno F, 0); die if \$at == -1;
			syscall(11, \$at, 4096); close F; unlink \"$1/\$i\" }'"
}

# module_memory: its own, in bytes: text and data, and what it has of vmalloc.
module_memory() {
	guest_run patient "awk '\$1 == \"lazaret\" { s += \$2 } END { print s + 0 }' /proc/modules
		awk '/ lz_|\\[lazaret\\]/ { s += \$2 } END { print s + 0 }' /proc/vmallocinfo" | awk '{ s += $1 } END { print s }'
}

# slab_kib: of the whole kernel: IMA keeps its list there.
slab_kib() {
	guest_run patient "awk '\$1 == \"SUnreclaim:\" { print \$2 }' /proc/meminfo"
}

# all_there WHEN
all_there() {
	wait_for 300 "$1: dom0 has all records" vm_records_equal patient
	wait_for 60 "$1: the guest is trusted" vm_is patient trusted
	t_is "$1: none was lost" "$(status_of lost) $(vm_get patient .lost)" '0 0'
	t_is "$1: its kernel did not complain" "$(guest_complaints patient)" ''
}

printf '[packs]\ngolden = %s\n[exclude]\npath = /run/many/**\npath = /run/some/**\n' "$GOLDEN_PACK" >"$POLICY"
t_ok "the controller starts" daemon_fresh 'challenge = 2' 'stale = 60' 'lost = 120'
sed -i "s,^pack = .*,policy = $POLICY," "$DAEMON_CONF"
t_ok "a policy that excludes what this test makes is taken" lazaretctl reload

t_note "processors"
# shellcheck disable=SC2034 # read by guest_create
GUEST_XL=('vcpus=2')
for type in pvh pv; do
	t_ok "$type: a guest with two processors starts" guest_start patient "$type" || t_bail "no guest"
	vm_wait patient trusted 120
	make_records /run/some 4000 &
	making=$!
	for ((i = 0; i < 5; i++)); do
		t_ok "$type: one goes, and comes back" guest_run patient -t 60 'cd /sys/devices/system/cpu/cpu1 &&
			echo 0 >online && [ "$(nproc)" = 1 ] && echo 1 >online && [ "$(nproc)" = 2 ]'
	done
	wait "$making"
	t_is "$type: 4000 records were made meanwhile" "$?" 0
	all_there "$type, processors"
done

t_note "memory"
before=$(guest_records patient)
guest_run patient -t 300 'for i in 1 2 3; do
	perl -e "my @all; push @all, q(x) x 4000000 while 1" 2>/dev/null </dev/null; done; true' &
hogging=$!
made=0
for ((i = 0; i < 6; i++)); do make_records "/run/some/$i" 100 && made=$((made + 100)); done
wait "$hogging"
t_ok "the guest ran out of memory, and ended who took it" guest_run patient 'dmesg | grep "Out of memory"'
t_ok "records were made meanwhile: $made" test "$made" -gt 0
t_ok "all of them are in its list" test "$(guest_records patient)" -ge $((before + made))
all_there "memory"

t_note "a long list"
memory=$(module_memory) slab=$(slab_kib) begin=$SECONDS
t_ok "$MANY records are made" make_records /run/many "$MANY"
t_note "in $((SECONDS - begin)) s"
all_there "many"
t_note "from the first of them to trusted: $((SECONDS - begin)) s"
t_is "the module has as much memory as before" "$(module_memory)" "$memory"
t_note "the module: $memory bytes; the kernel's slabs, with IMA's list: $slab KiB before, $(slab_kib) KiB after"
daemon_stop
rm -rf "$DAEMON_STATE"
begin=$SECONDS
t_ok "a controller that never saw it starts" daemon_start
vm_wait patient trusted 600
t_note "all of the list again, to trusted: $((SECONDS - begin)) s"
daemon_stop
begin=$SECONDS
t_ok "a controller that did starts" daemon_start
vm_wait patient trusted 300
t_note "from its checkpoint to trusted: $((SECONDS - begin)) s"
