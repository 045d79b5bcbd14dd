# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Running test files: the sum, and what is left behind for whoever must find out why one failed.

# An exit code of theirs that says that dom0 is to be booted again (lib/tap.sh).
readonly RUN_REBOOT=86
# Seconds for one test file, and lines of each log shown when it fails.
readonly RUN_LIMIT=${LAB_TEST_LIMIT:-2400} RUN_TAIL=40

# run_tests [--stage DIR] [--keep] FILE…
run_tests() {
	local stage=() keep=no started=no file sum_passed=0 sum_failed=0 sum_skipped=0
	while [ $# -gt 0 ]; do
		case $1 in
		--stage) stage=(--stage "$2") && shift 2 ;;
		--keep) keep=yes && shift ;;
		-*) die "run: unknown option $1" ;;
		*) break ;;
		esac
	done
	[ $# -gt 0 ] || die "run: which test files?"
	for file in "$@"; do [ -f "$file" ] || die "run: no file $file"; done
	if vm_pid >/dev/null; then
		[ ${#stage[@]} -eq 0 ] || payload_stage "${stage[1]}" || die "cannot stage ${stage[1]}"
	else
		started=yes
		trap 'vm_stop; exit 130' INT TERM
		cmd_start "${stage[@]}"
	fi
	for file in "$@"; do run_file "$file"; done
	[ "$started$keep" != yesno ] || vm_stop
	run_last_line "$sum_passed" "$sum_failed" "$sum_skipped"
	[ "$sum_failed" -eq 0 ]
}

# run_last_line PASSED FAILED SKIPPED
run_last_line() {
	printf '%d passed, %d failed' "$1" "$2"
	[ "$3" -eq 0 ] || printf ', %d skipped' "$3"
	echo
}

# run_counts OUTPUT: «PASSED FAILED SKIPPED» of all boots that a file took; nothing if it did not end
# with such a line.
run_counts() {
	local line='^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$'
	tail -n 1 "$1" | grep -qE "$line" || return
	grep -E "$line" "$1" | awk '{ p += $1; f += $3; s += $5 } END { print p, f, s }'
}

# run_file FILE: run one in dom0 and add to the sums. A file that does not end with its last line
# has failed, whatever it printed before.
run_file() {
	local name out code counts boot t0=$SECONDS
	name=$(basename "$1")
	out=$LAB_STATE/$name.tap
	echo "# $name"
	vm_put "$1" "/lab/t/$name"
	: >"$out"
	for ((boot = 1; ; boot++)); do
		vm_exec -t "$RUN_LIMIT" "LAB_BOOT=$boot bash $(printf %q "/lab/t/$name")" </dev/null 2>&1 |
			tee -a "$out"
		code=${PIPESTATUS[0]}
		[ "$code" -eq "$RUN_REBOOT" ] || break
		say "dom0 boots again"
		vm_reboot || die "dom0 does not boot again"
	done
	counts=$(run_counts "$out")
	if [ -z "$counts" ]; then
		echo "not ok - $name ended without its last line (exit code $code)"
		counts="0 1 0"
	fi
	# shellcheck disable=SC2086
	set -- $counts
	sum_passed=$((sum_passed + $1))
	sum_failed=$((sum_failed + $2))
	sum_skipped=$((sum_skipped + ${3:-0}))
	say "$name: $1 passed, $2 failed, $((SECONDS - t0)) s"
	[ "$2" -eq 0 ] || run_failed "$name" "$out"
}

# run_failed NAME OUTPUT: show the ends of the logs, keep all of them in a folder and name it.
run_failed() {
	local dir log
	dir=$LAB_STATE/failed-$1-$(date +%H%M%S)
	mkdir -p "$dir"
	cp "$2" "$LAB_STATE/serial.log" "$dir/"
	vm_exec -t 60 'xl dmesg' >"$dir/xen.log" 2>&1
	vm_exec -t 60 'journalctl -b --no-pager' >"$dir/dom0-journal.log" 2>&1
	vm_exec -t 60 'xl list -Z; xenstore-ls -fp' >"$dir/domains.log" 2>&1
	vm_exec -t 60 'tar -C /var/log/xen -c .' 2>/dev/null | tar -x -C "$dir" 2>/dev/null
	for log in "$dir"/console/*.log "$dir/xen.log" "$dir/dom0-journal.log"; do
		[ -s "$log" ] || continue
		echo "# ---- end of ${log#"$dir"/}"
		tail -n "$RUN_TAIL" "$log" | sed 's/^/# /'
	done
	echo "# all logs: $dir"
}
