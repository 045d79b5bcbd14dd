# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP: one line for each test point, diagnostics behind "#".

t_passed=0
t_failed=0
t_skipped=0
t_cleanups=()

# t_number: count a test point; result in t_n.
t_number() {
	t_n=$((t_passed + t_failed + t_skipped + 1))
}

# t_pass DESC
t_pass() {
	t_number
	t_passed=$((t_passed + 1))
	echo "ok $t_n - $1"
}

# t_fail DESC [DIAGNOSIS…]
t_fail() {
	t_number
	t_failed=$((t_failed + 1))
	echo "not ok $t_n - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# t_skip DESC REASON: a point that cannot be tested here.
t_skip() {
	t_number
	t_skipped=$((t_skipped + 1))
	echo "ok $t_n - $1 # SKIP $2"
}

# t_ok DESC CMD…: passes when CMD succeeds; its output is shown only when it does not.
t_ok() {
	local desc=$1 out code
	shift
	out=$("$@" 2>&1)
	code=$?
	if [ "$code" -eq 0 ]; then
		t_pass "$desc"
	else
		t_fail "$desc" "exit code $code of: $*" "$out"
	fi
	return "$code"
}

# t_fails DESC CMD…: passes when CMD fails.
t_fails() {
	local desc=$1 out
	shift
	if out=$("$@" 2>&1); then
		t_fail "$desc" "succeeded: $*" "$out"
		return 1
	fi
	t_pass "$desc"
}

# t_is DESC GOT WANT: passes when both strings are the same.
t_is() {
	if [ "$2" = "$3" ]; then
		t_pass "$1"
	else
		t_fail "$1" "got:  $2" "want: $3"
		return 1
	fi
}

# t_like DESC GOT REGEX: passes when the extended regular expression matches.
t_like() {
	if [[ $2 =~ $3 ]]; then
		t_pass "$1"
	else
		t_fail "$1" "got: $2" "want a match of: $3"
		return 1
	fi
}

# t_note TEXT…: a diagnostic line.
t_note() {
	printf '# %s\n' "$*"
}

# t_bail TEXT…: this file cannot go on; counts as a failure.
t_bail() {
	t_fail "$*"
	exit 1
}

# t_cleanup CMD…: run this when the file ends, however it ends; last given, first run.
t_cleanup() {
	t_cleanups=("$(printf '%q ' "$@")" "${t_cleanups[@]}")
}

# What the host takes for «boot dom0 again, and run this file once more».
readonly T_REBOOT=86

# t_reboot: the file goes on after a reboot of dom0, with LAB_BOOT one higher (it begins with 1). What
# is to be cleaned up is lost with dom0's memory, or named again.
t_reboot() {
	t_rebooting=yes
	exit "$T_REBOOT"
}

t_end() {
	local code=$? c
	trap - EXIT
	if [ -n "${t_rebooting:-}" ]; then
		printf '%d passed, %d failed\n' "$t_passed" "$t_failed"
		exit "$code"
	fi
	for c in "${t_cleanups[@]}"; do eval "$c" >/dev/null 2>&1; done
	! declare -F t_last >/dev/null || t_last
	[ "$code" -eq 0 ] || [ "$t_failed" -gt 0 ] || t_fail "the file ended with code $code"
	printf '%d passed, %d failed' "$t_passed" "$t_failed"
	[ "$t_skipped" -eq 0 ] || printf ', %d skipped' "$t_skipped"
	echo
	[ "$t_failed" -eq 0 ]
	exit
}
trap t_end EXIT
trap 'exit 130' INT TERM
