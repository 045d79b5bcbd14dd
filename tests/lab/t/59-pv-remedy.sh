#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host whose processor runs PV domains alone (LAB_PVH=no): so does its remedy domain, and a guest is
# repaired there.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly SITE=/run/lab-site

t_cleanup disk_as_golden patient
t_cleanup daemon_stop
[ -e /lab/remedy/initrd ] || t_bail "no remedy image"
! xl info virt_caps | grep -q hvm || t_bail "this host can run PVH domains: LAB_PVH=no"
modprobe loop
disk_script
mkdir -p "$SITE"
t_ok "a site's own file is in the store" golden_tar "$SITE/site.tar" /usr/bin/tac
t_ok "the controller starts" daemon_fresh 'settle = 2' 'probation = 5' 'boot-limit = 600' 'challenge = 2' \
	'stale = 20' "remedy-packages = $SITE" 'remedy-memory = 512' 'cure = repair'
t_ok "a guest starts" guest_start patient pv || t_bail "no guest"
vm_wait patient trusted 120
t_ok "it has less to be looked at" guest_shrink patient
guest_unknown_program patient /usr/local/bin/beacon
t_ok "it is infected" guest_run patient 'printf x >>/usr/bin/tac; sync'
guest_run patient '/usr/local/bin/beacon -V'
vm_wait patient danger 90
wait_for 120 "it is contained" vm_contained patient
t_ok "its cure begins" lazaretctl cure patient
wait_for 300 "a remedy domain is there" eval '[ -n "$(remedy_domains)" ]'
domain=$(remedy_domains)
# Its configuration is there when it is whole.
wait_for 60 "it is a PV domain" eval \
	'xl list -l "$domain" 2>/dev/null | jq -e ".[0].config.c_info.type == \"pv\""'
if need_flask "the domain's label"; then
	t_is "the domain's label" "$(xl list -Z | awk -v d="$domain" '$2 == d { print $NF }')" \
		system_u:system_r:remedy_t
fi
vm_wait patient trusted 1800
t_like "it was repaired" "$(vm_get patient '.history[].reason')" 'cured: repaired, booted and proven'
t_ok "it answers" guest_wait patient
t_is "the unknown program is gone" "$(guest_run patient 'ls /usr/local/bin/beacon 2>&1 | grep -c "No such"')" 1
t_ok "the changed program is as it was" guest_run patient 'echo | tac'
