#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Workloads: a policy is proven and loaded while Xen runs; whom the file lets talk can, by a vchan
# between guests, and nobody else; who may never run on one host does not, and xl's user is told why.
. "${LAB_LIB:-/lab/lib}/lab.sh"

need_flask "workloads" || exit 0
readonly MADE=/usr/lib/lazaret-lab FILE=/etc/lazaret/workloads.conf
readonly TYPES=system_u:system_r

t_cleanup rm -f "$FILE" /run/wrong.conf /var/tmp/workload.save
t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop

# wrong LINE…: what «xsm check» says of a file with these lines.
wrong() {
	printf '%s\n' "$@" >/run/wrong.conf
	lazaretctl xsm check --workloads=/run/wrong.conf "$MADE/workloads.policy" 2>&1
}

# begin NAME TYPE LABEL [HOOK]: xl's words, and its status, of a start under that label; HOOK: yes, if its
# network card has the script that asks for its admission.
begin() {
	local script=lab-vif
	[ "${4:-yes}" = no ] || script=lazaret-lab-vif
	# shellcheck disable=SC2034 # read by guest_create
	GUEST_XL=("seclabel=\"$TYPES:$3\"" "vif=[\"mac=$(guest_mac "$1"),bridge=xenbr0,script=/lab/bin/$script\"]")
	guest_create "$1" "$2" 2>&1
}

# gets NAME TYPE WORKLOAD-TYPE: it starts, is admitted, and comes up with the tool for vchans.
gets() {
	t_ok "$1 ($2) starts as $3" begin "$1" "$2" "$3" || return
	t_is "$1 is admitted" "$(label_of "$1")" "$TYPES:${3%_t}_run_t"
	t_ok "$1 comes up" guest_wait "$1" || return
	guest_put "$1" "$MADE/lz-vchan" /root/lz-vchan
	t_ok "$1 has what a vchan needs" guest_run "$1" \
		"chmod +x /root/lz-vchan && modprobe -a xen-evtchn xen-gntdev xen-gntalloc"
}

# domain NAME: its number; dom0 has one too.
domain() {
	if [ "$1" = dom0 ]; then echo 0; else guest_domid "$1"; fi
}

# hush NAME: no vchan of it is offered any more.
hush() {
	guest_run "$1" 'kill $(pidof lz-vchan) 2>/dev/null; while pidof lz-vchan; do sleep 0.1; done'
}

# offer NAME OTHER: a vchan server in NAME, for OTHER; its words.
offer() {
	hush "$1"
	guest_run "$1" "rm -f /run/offer; setsid /root/lz-vchan serve $(domain "$2") 600 >/run/offer 2>&1 &
		for _ in \$(seq 50); do [ -s /run/offer ] && break; sleep 0.2; done; cat /run/offer"
}

# call NAME OTHER: NAME says something to OTHER; what comes back.
call() {
	guest_run "$1" "/root/lz-vchan call $(guest_domid "$2") 30 hello" 2>&1
}

# told NAME EVENT: does the journal have such an event of the VM?
told() {
	lazaretctl --json events | jq -es --arg vm "$(guest_uuid "$1")" --arg event "$2" \
		'any(.[]; .vm == $vm and .event == $event)'
}

cp /usr/share/lazaret/policy/xsm/workloads.conf "$FILE"
cp /etc/xen/scripts/lazaret-vif-bridge /lab/bin/lazaret-lab-vif

t_ok "the policy is proven" lazaretctl xsm check "$MADE/workloads.policy"
t_is "as JSON, too" "$(lazaretctl --json xsm check "$MADE/workloads.policy" | jq '.proven and .workloads == 4')" true
t_like "a slip in the file: line and reason" "$(wrong '[workload web]' 'itself = no' 'talks-to = cache')" \
	'wrong.conf:3: there is no \[workload cache\]'
t_like "danger as a peer: line and reason" "$(wrong '[workload web]' 'talks-to = danger')" \
	'wrong.conf:2: a VM in danger reaches nobody'
t_like "a file that is not the policy's: what is missing" "$(wrong '[workload other]')" 'no type lz_other_run_t'
t_like "a policy with a way out of danger: the way" "$(lazaretctl xsm check "$MADE/leak.policy" 2>&1)" \
	'lz_danger_t → lz_web_run_t: grant \{ map_read \}'
t_fails "it is not loaded" lazaretctl xsm load "$MADE/leak.policy"
t_ok "the good one is loaded" lazaretctl xsm load "$MADE/workloads.policy"
t_ok "FLASK still enforces" have_flask

printf '[lazaretd]\nevents-file = /var/log/lazaret.ndjson\n' >"$DAEMON_CONF"
daemon_stop
rm -rf "$DAEMON_STATE"
t_ok "the controller starts" daemon_start
t_fails "nothing is made under the label of an admitted VM" begin patient pvh lz_web_run_t

gets patient pvh lz_web_t || t_bail "no guest"
gets neighbour pv lz_db_t || t_bail "no guest"
t_ok "the admission is in the journal" told patient admitted
t_like "web offers db a vchan" "$(offer patient neighbour)" offered
t_is "and they talk" "$(call neighbour patient)" "heard: hello"
t_fails "db may not be saved" xl save neighbour /var/tmp/workload.save

hush patient # a VM in danger that has peers stays paused
lazaretctl quarantine patient >/dev/null
wait_for 60 "web in danger: it is contained" vm_contained patient
t_like "web in danger: it offers no vchan" "$(offer patient neighbour)" 'no vchan can be offered'
t_ok "web is released" lazaretctl release patient --reason=test
wait_for 60 "web released: it runs under its label again" eval '[ "$(label_of patient)" = $TYPES:lz_web_run_t ]'
wait_for 60 "web released: it answers" guest_run patient true
t_like "web released: it offers a vchan" "$(offer patient neighbour)" offered
t_is "web released: they talk" "$(call neighbour patient)" "heard: hello"

t_ok "web is saved" timeout 300 xl save patient /var/tmp/workload.save
t_ok "web is restored" timeout 300 xl restore /var/tmp/workload.save
rm -f /var/tmp/workload.save
t_is "web restored: it is admitted again" "$(label_of patient)" "$TYPES:lz_web_run_t"
wait_for 120 "web restored: it runs" guest_run patient -t 10 true

guest_stop neighbour
gets neighbour pv lz_tenant_a_t || t_bail "no guest"
t_like "web offers tenant-a nothing" "$(offer patient neighbour)" 'no vchan can be offered'
t_like "tenant-a offers web nothing" "$(offer neighbour patient)" 'no vchan can be offered'
t_like "tenant-a offers dom0 one" "$(offer neighbour dom0)" offered
t_fails "tenant-a reaches nothing of web" call neighbour patient

words=$(begin patient pvh lz_tenant_b_t)
t_fails "tenant-b beside tenant-a: xl fails" test "$?" = 0
t_like "tenant-b beside tenant-a: xl's user is told why" "$words" \
	'tenant-b may never run on one host with tenant-a: stop VM .neighbour.'
t_fails "tenant-b beside tenant-a: nothing is left of it" guest_domid patient
t_ok "tenant-b beside tenant-a: it is in the journal" told patient refused

begin patient pvh lz_tenant_b_t no >/dev/null
t_is "without the script: it is held" "$(label_of patient)" "$TYPES:lz_tenant_b_t"
xl unpause patient >/dev/null 2>&1 # it does not say that it failed
t_is "without the script: Xen lets nobody start it" "$(vm_get patient .paused)" true
t_like "without the script: the reason is shown" "$(vm_get patient .refused)" 'tenant-a'
lazaretctl quarantine neighbour >/dev/null
wait_for 60 "tenant-a in quarantine: it is contained" vm_contained neighbour
t_is "tenant-a in quarantine still counts" "$(label_of patient)" "$TYPES:lz_tenant_b_t"
guest_stop neighbour
wait_for 30 "tenant-a has gone: tenant-b is admitted" eval '[ "$(label_of patient)" = $TYPES:lz_tenant_b_run_t ]'
xl unpause patient
t_ok "and comes up" guest_wait patient

begin neighbour pv lz_tenant_a_t >/dev/null
wait_for 60 "tenant-a starts in its quarantine" vm_contained neighbour
t_is "it runs there" "$(vm_get neighbour .paused)" false
t_like "it is not released beside tenant-b" "$(lazaretctl release neighbour --reason=test 2>&1)" \
	'may never run on one host with tenant-b'
