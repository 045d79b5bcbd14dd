# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Which kernel the guests have: LAB_KERNEL is one of Debian's, with the module, or one that is built
# here with Lazaret in it. Each has images of its own.

export LAB_KERNEL=${LAB_KERNEL:-6.1}
# Where their module is from: «source», the tree; «package», the package of «make deb» alone.
export LAB_GUEST=${LAB_GUEST:-source}

# kernel_packages: what brings a kernel and its headers into a guest's tree.
kernel_packages() {
	case $LAB_KERNEL in
	6.1 | 6.1-builtin | 6.12-builtin | 6.1-debug) echo linux-image-amd64 linux-headers-amd64 ;;
	6.1-signed | 6.1-signed-debug) echo linux-image-amd64 linux-headers-amd64 ;;
	6.12) echo linux-image-6.12-amd64 linux-headers-6.12-amd64 ;;
	7) echo linux-image-amd64/trixie-backports linux-headers-amd64/trixie-backports ;;
	*) die "LAB_KERNEL=$LAB_KERNEL: 6.1, 6.12, 7, 6.1-builtin, 6.12-builtin, 6.1-debug," \
		"6.1-signed and 6.1-signed-debug are known" ;;
	esac
}

# kernel_suite: the Debian that its guests are: 12, or 13 for a kernel whose headers need that.
kernel_suite() {
	if [ "$LAB_KERNEL" = 7 ]; then echo trixie; else echo "$LAB_SUITE"; fi
}

# kernel_is_ours: is it built here?
kernel_is_ours() {
	[[ $LAB_KERNEL == *-* ]]
}

# kernel_is_signed: does it have Lazaret as a module, and know the key of who signs that?
kernel_is_signed() {
	[[ $LAB_KERNEL == *-signed* ]]
}

# kernel_kind KIND: what an artefact that depends on the kernel is called in the cache.
kernel_kind() {
	case $LAB_KERNEL in
	6.1) echo "$1" ;;
	*) echo "$1${LAB_KERNEL//[!a-z0-9]/}" ;;
	esac
}

# base_kind KIND: the same of what our own kernels share with Debian's 6.1.
base_kind() {
	if kernel_is_ours; then echo "$1"; else kernel_kind "$1"; fi
}
