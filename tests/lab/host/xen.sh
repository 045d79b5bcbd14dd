# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The hypervisor: Debian's source package of Xen, built with XSM and FLASK, which Debian leaves out.

# What is asked of Xen's configuration on top of Debian's own.
readonly XEN_KCONFIG='CONFIG_XSM=y
CONFIG_XSM_FLASK=y
CONFIG_XSM_FLASK_POLICY=y
CONFIG_XSM_SILO=y
CONFIG_XSM_FLASK_DEFAULT=y'

# xen_source DIR: unpack Xen's source package as DIR/xen-*. Each version that apt knows is tried,
# newest first: a mirror does not always have the source of the newest security version.
xen_source() {
	local opts versions v
	mapfile -t opts < <(private_apt "$1")
	# One archive without sources fails the whole update, yet leaves the others' lists.
	apt-get "${opts[@]}" update || true
	versions=$(apt-cache "${opts[@]}" showsrc --only-source xen 2>/dev/null |
		awk '$1 == "Version:" { print $2 }' | sort -rVu)
	for v in $versions; do
		(cd "$1" && apt-get "${opts[@]}" source --only-source "xen=$v") && return 0
		rm -rf "$1"/xen-*/
	done
	return 1
}

# build_xen DIR: fill DIR with xen (ELF for QEMU's -kernel), base/ (what a FLASK policy is compiled
# from) and version.
build_xen() {
	local work=$1/work src
	mkdir "$work"
	xen_source "$work"
	src=$(echo "$work"/xen-*/)
	cp "$src/debian/xen-kconfig" "$src/xen/.config"
	printf '%s\n' "$XEN_KCONFIG" >>"$src/xen/.config"
	make -C "$src/xen" olddefconfig
	make -C "$src/xen" -j"$(nproc)"
	cp "$src/xen/xen" "$1/xen"
	mkdir -p "$1/base/tools/flask" "$1/base/xen/xsm/flask"
	cp -a "$src/tools/flask/policy" "$1/base/tools/flask/"
	cp -a "$src/xen/xsm/flask/policy" "$1/base/xen/xsm/flask/"
	basename "$src" >"$1/version"
	rm -rf "$work"
}

# build_stock_xen DIR: Debian's own hypervisor, without FLASK, for when there is no source.
build_stock_xen() {
	local deb
	mkdir "$1/work"
	(cd "$1/work" && apt-get download xen-hypervisor-4.17-amd64)
	deb=$(echo "$1"/work/*.deb)
	dpkg -x "$deb" "$1/work/root"
	zcat "$1"/work/root/boot/xen-*.gz >"$1/xen"
	basename "$deb" .deb >"$1/version"
	rm -rf "$1/work"
}

# xen_recipe: what the cached hypervisors depend on; not how it is chosen between them.
xen_recipe() {
	declare -f xen_source build_xen build_stock_xen
	printf '%s\n' "$XEN_KCONFIG"
}

# xen_dir: print the hypervisor's cache directory, building it when needed. LAB_FLASK tells which
# one it is: yes, or no where the source cannot be had.
xen_dir() {
	local hash
	hash=$(xen_recipe | sha256sum | cut -c1-12)
	if [ "${LAB_FLASK:-}" = no ]; then
		say "xen: Debian's hypervisor, as LAB_FLASK=no asks"
		cached xenstock "$hash" build_stock_xen
	elif [ -d "$(cache_path xen "$hash")" ] || xen_source_available; then
		cached xen "$hash" build_xen
	else
		say "xen: no source package from apt's archives: Debian's hypervisor," \
			"without FLASK; tests that need FLASK are skipped"
		cached xenstock "$hash" build_stock_xen
	fi
}

# xen_source_available: can the archives of this machine give Xen's source at all?
xen_source_available() {
	local dir opts ok=1
	dir=$(mktemp -d)
	mapfile -t opts < <(private_apt "$dir")
	apt-get "${opts[@]}" -qq update >/dev/null 2>&1 || true
	apt-cache "${opts[@]}" showsrc --only-source xen 2>/dev/null | grep "^Version:" >/dev/null && ok=0
	rm -rf "$dir"
	return "$ok"
}

# policy_file XEN_DIR: print the compiled FLASK policy, ours on top of the base of that Xen.
policy_file() {
	local dir hash
	hash=$(hash_of policy/xsm)-$(basename "$1" | tail -c 5)
	dir=$(cached policy "$hash" build_policy "$1/base") || exit 1
	printf '%s/xenpolicy\n' "$dir"
}

# build_policy DIR BASE
build_policy() {
	make -C "$LAB_TREE/policy/xsm" XEN_FLASK="$2" O="$1"
}
