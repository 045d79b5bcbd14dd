# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Our Debian packages, and machines that never had anything of ours.

readonly LAB_DEBS=/usr/lib/lazaret-lab

# deb NAME [next]: the file with that package, or with the version that follows it.
deb() {
	find "$LAB_DEBS" -name "$1_*.deb" | if [ -n "${2:-}" ]; then grep '+next_'; else grep -v '+next_'; fi
}

# need_debs DESC: false, with a skipped test point, where «make deb» was not run before the lab.
need_debs() {
	[ -n "$(deb lazaret)" ] && return 0
	t_skip "$1" "there are no packages: make deb"
	return 1
}

# What is put into dom0 at each of its boots, and where that is kept while it is to have nothing of it.
readonly STAGED=/lab/stage.tar STAGED_ASIDE=/lab/stage-aside.tar

# dom0_clean: dom0 as if nothing of ours had ever been put into it, but what tests need; so it stays when it boots
# again. The test file says «t_cleanup dom0_restage» before.
dom0_clean() {
	daemon_stop
	mv "$STAGED" "$STAGED_ASIDE"
	tar -t -f "$STAGED_ASIDE" | grep -v '/$' | grep -v -e '^./usr/lib/lazaret-lab/' \
		-e '^./etc/lazaret/packs/' | (cd / && xargs -r rm -f)
	rm -rf "$DAEMON_STATE" "$DAEMON_CONF" /run/lazaret
	! getent passwd lazaret >/dev/null || userdel lazaret
	systemctl daemon-reload
}

# dom0_restage: as other tests expect it.
dom0_restage() {
	daemon_stop
	dpkg -P lazaret
	mv "$STAGED_ASIDE" "$STAGED"
	tar -x -f "$STAGED" -C / --keep-directory-symlink --no-same-owner
	systemd-sysusers
	systemctl daemon-reload
}

# guest_restage NAME: ends the guest and makes its disk whole.
guest_restage() {
	guest_stop "$1"
	dd if="$GOLDEN_IMAGE" of="$(guest_disk "$1")" bs=1M
}
