# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Which kernel the guests have: LAB_KERNEL. Each has images of its own.

export LAB_KERNEL=${LAB_KERNEL:-6.1}
# Where their module is from: «source», the tree; «package», the package of «make deb» alone.
export LAB_GUEST=${LAB_GUEST:-source}

# kernel_packages: what brings the kernel and its headers into a guest's tree.
kernel_packages() {
	case $LAB_KERNEL in
	6.1) echo linux-image-amd64 linux-headers-amd64 ;;
	6.12) echo linux-image-6.12-amd64 linux-headers-6.12-amd64 ;;
	*) die "LAB_KERNEL=$LAB_KERNEL: 6.1 and 6.12 are known" ;;
	esac
}

# kernel_kind KIND: what an artefact that depends on the kernel is called in the cache.
kernel_kind() {
	case $LAB_KERNEL in
	6.1) echo "$1" ;;
	*) echo "$1${LAB_KERNEL//[!a-z0-9]/}" ;;
	esac
}
