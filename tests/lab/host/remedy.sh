# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The remedy domain's image: all of it but the worker, which comes with the staged build.

# build_remedy DIR
build_remedy() {
	apt_lines deb >"$1/sources"
	"$LAB_TREE/scripts/remedy-image" base --sources "$1/sources" "$1"
	rm "$1/sources"
}

# remedy_dir: print its cache directory, building it when needed.
remedy_dir() {
	cached remedy "$("$LAB_TREE/scripts/remedy-image" recipe)" build_remedy
}

# remedy_put WORKER DIR: the image in DIR, with that worker.
remedy_put() {
	local base
	base=$(remedy_dir) || exit 1
	"$LAB_TREE/scripts/remedy-image" finish --worker "$1" "$base" "$2"
}

# remedy_put_all STAGE ROOT: with the worker of a staged build in ROOT/remedy, and with the one that lies, with
# the same kernel, in ROOT/liar.
remedy_put_all() {
	local worker=$1/usr/libexec/lazaret/lazaret-remedy liar=$1/usr/lib/lazaret-lab/lz-liar
	[ ! -x "$worker" ] || remedy_put "$worker" "$2/remedy"
	[ ! -x "$liar" ] || remedy_put "$liar" "$2/liar"
	[ ! -e "$2/liar" ] || ln -sf ../remedy/vmlinuz "$2/liar/vmlinuz"
}
