#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Commit before execute: programs whose first act reaches dom0 over the network. When it does, the
# TPM has each of them already. A guest that does not hold its tasks shows that this could fail.
. "${LAB_LIB:-/lab/lib}/lab.sh"

readonly TOOLS=/usr/lib/lazaret-lab PROGRAMS=60
readonly HEADER=80 ENTRY=64 # bytes of the list of extends, see controller/vtpm/extends.c

t_cleanup guest_stop patient
t_cleanup daemon_stop
extends=$DAEMON_STATE/vtpm/$(guest_uuid patient)/extends

# make_programs NAME: so many in the guest's /run/NAME, each another file.
make_programs() {
	guest_run patient "mkdir -p /run/$1 && echo '$(base64 -w 0 "$TOOLS/lz-shout")' | base64 -d >/run/shout &&
		perl -e 'local \$/; open F, \"/run/shout\"; my \$shout = <F>; for my \$i (1 .. $PROGRAMS) {
			open O, \">/run/$1/\$i\"; print O \$shout, \"$1\", \$i; close O; chmod 0755, \"/run/$1/\$i\" }'"
}

# too_early: of how many programs a packet came before the TPM had them. Needs the records' places
# in the guest's list, and that all PCR-10 extends come after those of the start.
too_early() {
	guest_run patient 'cat -n /sys/kernel/security/ima/ascii_runtime_measurements' |
		awk -v start="$start" -v header="$HEADER" -v entry="$ENTRY" '
			NR == FNR { if ($NF ~ /^\/run\//) place[$NF] = $1; next }
			!($1 in place) { unknown++; next }
			int(($2 - header) / entry) - start < place[$1] { early++ }
			END { print unknown ? "unknown " unknown : early + 0 }' - /run/heard
}

# shout_all NAME: runs them, one after the other; /run/heard tells what came when.
shout_all() {
	"$TOOLS/lz-hear" "$extends" "$PROGRAMS" 200 >/run/heard &
	hearing=$!
	guest_run patient "(for i in /run/$1/*; do \$i; done) >/dev/null 2>&1 </dev/null & disown"
}

# heard_all DESC: lz-hear is this shell's child, so t_ok's subshell cannot wait for it.
heard_all() {
	wait "$hearing"
	t_is "$1: lz-hear's exit code" "$?" 0
}

# prepare_guest ARG…
prepare_guest() {
	t_ok "a guest starts, $*" guest_start patient pvh "$@" || t_bail "no guest"
	wait_for 60 "it reaches dom0" guest_run patient ping -c 1 -W 1 10.77.0.1
	t_ok "it has the programs" make_programs first
	t_ok "and others" make_programs second
	guest_run patient 'cat -n /dev/null; true'
	wait_for 60 "what came before is in the TPM" eval \
		'[ "$(guest_run patient sed -n "s/^extended: //p" /sys/kernel/security/lazaret/status)" = "$(guest_records patient)" ]'
	start=$((($(stat -c %s "$extends") - HEADER) / ENTRY - $(guest_records patient)))
	t_is "hypervisor, configuration, kernel, separators, command line, initramfs were measured" \
		"$start" 13
}

# No golden pack: nobody cuts the guest off for these programs.
mkdir -p /etc/lazaret
daemon_stop
rm -rf "$DAEMON_STATE"
printf '[defaults]\nvtpm = yes\n' >"$DAEMON_CONF"
t_ok "the controller starts" daemon_start

prepare_guest lazaret.commit=strict
shout_all first
heard_all "every packet comes"
t_is "none before its program was in the TPM" "$(too_early)" 0
kill -STOP "$(pgrep -x swtpm)"
shout_all second
sleep 10
t_is "while the TPM stands still, not one comes" "$(cat /run/heard)" ''
kill -CONT "$(pgrep -x swtpm)"
heard_all "then they come"
t_is "again, none before its program was in the TPM" "$(too_early)" 0

t_note "a guest that does not wait: the test can tell the difference"
prepare_guest lazaret.commit=lenient lazaret.commit_wait_ms=1
kill -STOP "$(pgrep -x swtpm)"
shout_all first
heard_all "every packet comes although the TPM stands still"
early=$(too_early)
kill -CONT "$(pgrep -x swtpm)"
t_is "and so all of them came too early" "$early" "$PROGRAMS"
wait_for 60 "the module counts them as late" eval '[ "$(guest_run patient \
	sed -n "s/^late: //p" /sys/kernel/security/lazaret/status)" -gt "$PROGRAMS" ]'
