# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Labels of domains.

readonly LABEL_GUEST=system_u:system_r:lz_guest_t
readonly LABEL_DANGER=system_u:system_r:lz_danger_t

# have_flask: is the policy enforced?
have_flask() {
	[ "$LAB_FLASK" = yes ] && [ "$(xl getenforce 2>/dev/null)" = Enforcing ]
}

# need_flask DESC: false, with a skipped test point, on a hypervisor without FLASK.
need_flask() {
	have_flask && return 0
	t_skip "$1" "this hypervisor has no FLASK"
	return 1
}

# label_of NAME: the domain's context.
label_of() {
	xl list -Z "$1" | awk 'NR == 2 { print $NF }'
}

# relabel NAME CONTEXT: give a running guest another label.
relabel() {
	lab-relabel "$(guest_domid "$1")" "$2"
}
