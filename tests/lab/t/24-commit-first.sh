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

# make_programs: so many in the guest, each another file.
make_programs() {
	guest_run patient "mkdir -p /run/first && echo '$(base64 -w 0 "$TOOLS/lz-shout")' | base64 -d >/run/shout &&
		perl -e 'local \$/; open F, \"/run/shout\"; my \$shout = <F>; for my \$i (1 .. $PROGRAMS) {
			open O, \">/run/first/\$i\"; print O \$shout, \$i; close O; chmod 0755, \"/run/first/\$i\" }'"
}

# too_early: of how many programs a packet came before the TPM had them. Needs the records' places
# in the guest's list, and that all PCR-10 extends come after those of the start.
too_early() {
	guest_run patient 'cat -n /sys/kernel/security/ima/ascii_runtime_measurements' |
		awk -v start="$1" -v header="$HEADER" -v entry="$ENTRY" '
			NR == FNR { if ($NF ~ /^\/run\/first\//) place[$NF] = $1; next }
			!($1 in place) { unknown++; next }
			int(($2 - header) / entry) - start < place[$1] { early++ }
			END { print unknown ? "unknown " unknown : early + 0 }' - /run/heard
}

# shout_all: runs them, one after the other; /run/heard tells what came when.
shout_all() {
	"$TOOLS/lz-hear" "$extends" "$PROGRAMS" 60 >/run/heard &
	guest_run patient -t 300 'for i in /run/first/*; do $i; done'
	wait $!
}

# prepare_guest ARG…
prepare_guest() {
	t_ok "a guest starts, $*" guest_start patient pvh "$@" || t_bail "no guest"
	wait_for 60 "it reaches dom0" guest_run patient ping -c 1 -W 1 10.77.0.1
	t_ok "it has the programs" make_programs
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
t_ok "every packet comes" shout_all
t_is "none before its program was in the TPM" "$(too_early "$start")" 0

t_note "the same without the direct doorbell: nobody is held"
prepare_guest lazaret.doorbell=kprobe
t_ok "every packet comes" shout_all
t_ok "some come too early: the test can tell" test "$(too_early "$start")" -gt 0
t_ok "and the module counts them as late" test "$(guest_run patient \
	sed -n 's/^late: //p' /sys/kernel/security/lazaret/status)" -gt "$PROGRAMS"
