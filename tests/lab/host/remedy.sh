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

# remedy_put STAGE DIR: the image in DIR, with the worker of a staged build.
remedy_put() {
	local base
	base=$(remedy_dir) || exit 1
	"$LAB_TREE/scripts/remedy-image" finish --worker "$1/usr/libexec/lazaret/lazaret-remedy" \
		"$base" "$2"
}
