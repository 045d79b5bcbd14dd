#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The measurement policy that a guest has loaded is part of the verdict.
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup daemon_stop
readonly POLICY=/etc/lazaret/demands.policy IMA=/etc/ima/ima-policy

{
	printf '[packs]\ngolden = %s\ngolden = %s\n' "$GOLDEN_PACK" "${GOLDEN_PACK%/*}/initramfs.pack"
	printf '[ima]\npolicy = %s\n' "$IMA"
} >"$POLICY"
t_ok "a golden policy may demand a measurement policy" lazaretctl policy check "$POLICY"
daemon_stop
rm -rf "$DAEMON_STATE"
printf '[vm %s]\npolicy = %s\n' "$(guest_uuid patient)" "$POLICY" >"$DAEMON_CONF"
t_ok "the controller starts" daemon_start

t_ok "a guest starts whose kernel does not measure its policy" guest_start patient pvh || t_bail "no guest"
wait_for 60 "it says what is missing" eval '[[ $(vm_get patient .reason) == *ima_policy=tcb* ]]'
t_is "it is unknown" "$(vm_get patient .state)" unknown

t_ok "a guest starts whose kernel does" guest_start patient pvh ima_policy=tcb || t_bail "no guest"
vm_wait patient trusted 120
guest_run patient 'base64 -w 0 /sys/kernel/security/ima/binary_runtime_measurements' | base64 -d >/run/ima.bin
t_ok "its list is good without a daemon as well" lazaretctl verify --log /run/ima.bin --policy "$POLICY"

t_ok "root in it writes a weaker one" guest_run patient "cp $IMA /root/ima-policy &&
	sed -i 1i'dont_measure fsmagic=0x01021994' $IMA && sync"
t_ok "it is loaded by the next boot" guest_start patient pvh ima_policy=tcb || t_bail "no guest"
vm_wait patient danger 60
t_like "its file is named" "$(vm_get patient '[.found[] | select(.danger)][0].path')" "^$IMA$"
t_is "it is not what it was" "$(vm_get patient '[.found[] | select(.danger)][0].class')" wrong-digest
wait_for 60 "it is contained" cut_off patient
guest_run patient "cp /root/ima-policy $IMA; sync"
