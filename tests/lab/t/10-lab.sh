#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: hypervisor, both kinds of guest, the channel to them, the module in them.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour

t_ok "Xen answers" xl info
if need_flask "FLASK is enforcing"; then
	t_is "FLASK is enforcing" "$(xl getenforce)" Enforcing
	t_like "dom0 has its label" "$(label_of Domain-0)" ':dom0_t$'
fi

t_ok "a PVH and a PV guest start at once" guest_start_all patient neighbour ||
	t_bail "no guests: $(tail -n 20 "$(guest_console patient)" "$(guest_console neighbour)")"
if need_flask "guests have the label of an ordinary guest"; then
	t_is "the patient has the label of an ordinary guest" "$(label_of patient)" "$LABEL_GUEST"
fi
t_is "the patient is PVH" "$(guest_run patient cat /sys/hypervisor/guest_type)" PVH
t_is "the neighbour is PV" "$(guest_run neighbour cat /sys/hypervisor/guest_type)" PV

t_is "guest_run gives stdout" "$(guest_run patient 'echo out; echo err >&2' 2>/dev/null)" out
t_is "guest_run gives stderr" "$(guest_run patient 'echo out; echo err >&2' 2>&1 >/dev/null)" err
guest_run patient 'exit 42'
t_is "guest_run gives the exit code" $? 42
t_is "guest_run keeps words as they are" "$(guest_run patient printf '<%s>' 'a b' "c'd" '$e')" \
	"<a b><c'd><\$e>"
t_is "guest_run carries 100 kB" "$(guest_run patient 'head -c 100000 /dev/zero' | wc -c)" 100000
guest_run patient -t 2 sleep 30
t_is "guest_run ends what takes too long" $? 124
begin=$(date +%s%N)
guest_run patient true
t_note "one guest_run takes $((($(date +%s%N) - begin) / 1000000)) ms"

wait_for 60 "patient and neighbour reach each other" guest_reaches patient neighbour
sent=$(vif_sent patient)
packets_watch patient
guest_reaches patient neighbour >/dev/null
t_ok "dom0 counts the patient's packets" test "$(vif_sent patient)" -gt "$sent"
t_like "dom0 times the patient's packets" "$(packets_last patient)" '^[0-9]+\.[0-9]+$'
t_is "the guest runs a Debian with systemd" "$(guest_run patient cat /proc/1/comm)" systemd

if [ "$LAB_MODULE" = yes ]; then
	t_like "dkms installed the module" "$(guest_run patient dkms status)" \
		'^lazaret/.*: installed'
	t_like "the module is loaded" "$(guest_run patient cat /proc/modules)" '(^|'$'\n'')lazaret '
elif [ "$LAB_MODULE" = signed ]; then
	t_like "the module is loaded" "$(guest_run patient cat /proc/modules)" '(^|'$'\n'')lazaret '
elif [ "$LAB_MODULE" = builtin ]; then
	t_ok "Lazaret is in the kernel" guest_run patient test -e /sys/kernel/security/lazaret/status
else
	t_skip "the module is loaded" "there is no module yet"
fi
t_ok "IMA measures by our policy" guest_run patient \
	'[ "$(wc -l </sys/kernel/security/ima/ascii_runtime_measurements)" -gt 50 ]'

guest_stop neighbour
guest_stop patient
t_ok "the patient starts as PV, without the module" \
	guest_start patient pv "${GUEST_BARE[@]}"
t_is "it is PV" "$(guest_run patient cat /sys/hypervisor/guest_type)" PV
t_fails "Lazaret is not there" guest_run patient test -e /sys/kernel/security/lazaret
