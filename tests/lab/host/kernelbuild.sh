# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Kernels that are built here, with Lazaret in them or as a module of theirs: from Debian's source of that
# version, with no more than a guest of the lab needs.

# kernel_fragments: the files that say what is to be in it.
kernel_fragments() {
	echo "$LAB_DIR/kernel/guest.config"
	[[ $LAB_KERNEL != *-debug ]] || echo "$LAB_DIR/kernel/debug.config"
	! kernel_is_signed || echo "$LAB_DIR/kernel/signed.config"
}

# kernel_signer SOURCE: a key as dkms makes one for an operator, whose certificate the kernel has built in:
# without a firmware there is nowhere to enrol it.
kernel_signer() {
	[ ! -e "$1/certs/mok.key" ] || return 0
	openssl req -new -x509 -nodes -days 36500 -subj "/CN=The operator's key" -newkey rsa:2048 \
		-keyout "$1/certs/mok.key" -out "$1/certs/mok.pem"
}

# kernel_configure SOURCE: nothing but what its fragments ask for, the last word about each, and all of that.
kernel_configure() {
	local fragment=$1/fragment line
	kernel_fragments | xargs cat >"$fragment"
	KCONFIG_ALLCONFIG=fragment make -C "$1" allnoconfig
	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%=n}=" "$1/.config" || echo "not off: $line" ;;
		CONFIG_*) grep -qxF "$line" "$1/.config" || echo "not there: $line" ;;
		esac
	done < <(tac "$fragment" | awk -F = '!said[$1]++') >"$1/missing"
	cat "$1/missing"
	[ ! -s "$1/missing" ]
}

# kernel_source DIR: that version's source, from Debian's package, into DIR.
kernel_source() {
	local version=${LAB_KERNEL%%-*} work
	work=$(mktemp -d)
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "linux-source-$version")
	dpkg-deb --fsys-tarfile "$work"/linux-source-*.deb |
		tar -xO "./usr/src/linux-source-$version.tar.xz" |
		tar -xJ -C "$1" --strip-components=1
	rm -rf "$work"
}

# kernel_make SOURCE: puts Lazaret in as it is now and builds what is to be built. Some of a kernel's
# tools are built with the path of the tree, which is therefore always the same.
kernel_make() {
	"$LAB_TREE/scripts/integrate-kernel" "$1"
	! kernel_is_signed || kernel_signer "$1"
	kernel_configure "$1"
	unshare --mount sh -e -c 'mount --make-rprivate /
		mount --bind "$0" /mnt
		exec nice make -C /mnt -j"$(nproc)" bzImage modules' "$1"
}

# build_kerneltree DIR: fill DIR with a source tree in which all is built.
build_kerneltree() {
	kernel_source "$1"
	[[ $LAB_KERNEL != *-debug ]] || patch -p1 -d "$1" <"$LAB_DIR/kernel/debug.patch"
	kernel_make "$1"
}

# kernel_sign DIR SOURCE: its module, as dkms signs one with an operator's key, which is left in DIR.
kernel_sign() {
	cp "$2/certs/mok.key" "$2/certs/mok.pem" "$1/"
	find "$1/modules" -name lazaret.ko -exec \
		"$2/scripts/sign-file" sha256 "$1/mok.key" "$1/mok.pem" {} \;
}

# build_kernel DIR TREE: fill DIR with vmlinuz (ELF), bzImage (what a firmware boots), config, and
# modules/, what modprobe wants to know of it. Only what differs from TREE is built.
build_kernel() {
	local source=$1/work
	cp -a --reflink=auto "$2" "$source"
	kernel_make "$source"
	make -C "$source" modules_install INSTALL_MOD_PATH="$1/modules"
	rm -f "$1"/modules/lib/modules/*/{build,source}
	! kernel_is_signed || kernel_sign "$1" "$source"
	objcopy --strip-all --remove-section=.comment "$source/vmlinux" "$1/vmlinuz"
	cp "$source/arch/x86/boot/bzImage" "$1/"
	cp "$source/.config" "$1/config"
	rm -rf "$source"
}

# kernel_recipe: the files that say how it is made.
kernel_recipe() {
	printf '%s\n' tests/lab/host/kernelbuild.sh contrib/linux
	[[ $LAB_KERNEL != *-debug ]] || echo tests/lab/kernel/debug.patch
	kernel_fragments
}

# kernel_dir: print its cache directory.
kernel_dir() {
	local recipe sources tree
	mapfile -t recipe < <(kernel_recipe)
	mapfile -t sources < <(guest_module_sources)
	tree=$(cached "$(kernel_kind kerneltree)" "$(hash_of "${recipe[@]}")" build_kerneltree) || exit 1
	cached "$(kernel_kind kernel)" "$(hash_of "${recipe[@]}" scripts/integrate-kernel "${sources[@]}")" \
		build_kernel "$tree"
}
