# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every part of the lab's host side uses: progress, the cache, hashes.
#
# The cache holds one directory per artefact, named KIND-HASH, where HASH covers the recipe and its
# inputs. A directory is complete or absent: it is filled under a temporary name and renamed.

LAB_CACHE=${LAZARET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lazaret}
LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_TREE=$(cd "$LAB_DIR/../.." && pwd)
LAB_T0=$SECONDS
# Versions of one artefact that stay in the cache, the current one included.
readonly LAB_KEEP_VERSIONS=3

# say TEXT…: a progress line with the time since the command began.
say() {
	printf '[lab %3ds] %s\n' $((SECONDS - LAB_T0)) "$*" >&2
}

# die TEXT…: an error; the command ends with 1.
die() {
	printf 'lab: error: %s\n' "$*" >&2
	exit 1
}

# hash_of PATH…: 12 hex digits over the names and contents of these files and trees, relative to
# the project, so that the same tree elsewhere has the same hash. Absent paths count as absent.
hash_of() {
	local p
	(
		cd "$LAB_TREE" || exit 1
		for p in "$@"; do
			p=${p#"$LAB_TREE"/}
			[ -e "$p" ] && find "$p" -type f -print0
		done | LC_ALL=C sort -z | xargs -0 -r sha256sum --
	) | sha256sum | cut -c1-12
}

# cache_path KIND HASH
cache_path() {
	printf '%s/%s-%s\n' "$LAB_CACHE" "$1" "$2"
}

# cached KIND HASH BUILDER [ARG…]: print the artefact's directory; when it is absent, run BUILDER
# with an empty temporary directory and the ARGs, and rename that. One builder at a time for each
# KIND. What BUILDER prints goes to a log, whose end is shown when it fails.
cached() {
	local kind=$1 dir
	dir=$(cache_path "$kind" "$2")
	if [ "${LAB_REUSE:-no}" = yes ] && [ ! -d "$dir" ]; then
		dir=$(cache_newest "$kind" "$dir")
	fi
	if [ ! -d "$dir" ]; then
		mkdir -p "$LAB_CACHE"
		(
			flock 9
			[ -d "$dir" ] || cache_fill "$kind" "$dir" "${@:3}"
		) 9>"$LAB_CACHE/$kind.lock" || die "cannot build $kind, see $LAB_CACHE/$kind.log"
	fi
	printf '%s\n' "$dir"
}

# cache_newest KIND DEFAULT: the version that was built last, or DEFAULT when there is none.
cache_newest() {
	find "$LAB_CACHE" -maxdepth 1 -type d -name "$1-*" -printf '%T@ %p\n' | sort -n |
		cut -d' ' -f2- | sed -n "\$p" | grep . || printf '%s\n' "$2"
}

# cache_fill KIND DIR BUILDER [ARG…]: what cached does under its lock. The builder runs in a shell
# of its own, because errexit has no force in one whose result is looked at.
cache_fill() {
	local kind=$1 dir=$2 builder=$3 tmp t0=$SECONDS log=$LAB_CACHE/$1.log
	say "$kind: building (log: $log)"
	rm -rf "$LAB_CACHE/.new-$kind".*
	# The package manager's own user must be able to enter a root tree.
	tmp=$(mktemp -d "$LAB_CACHE/.new-$kind.XXXXXX") && chmod 755 "$tmp"
	# shellcheck disable=SC2016
	if ! bash -e -o pipefail -c 'for f in "$0"/host/*.sh; do . "$f"; done; "$@"' \
		"$LAB_DIR" "$builder" "$tmp" "${@:4}" >"$log" 2>&1 9>&-; then
		tail -n 40 "$log" >&2
		return 1
	fi
	mv "$tmp" "$dir"
	say "$kind: built in $((SECONDS - t0)) s"
	cache_prune "$kind" "$dir"
}

# cache_prune KIND CURRENT: drop old versions of an artefact. A running lab keeps its open disks.
cache_prune() {
	local old
	find "$LAB_CACHE" -maxdepth 1 -type d -name "$1-*" ! -path "$2" -printf '%T@ %p\n' |
		sort -rn | tail -n +"$LAB_KEEP_VERSIONS" | cut -d' ' -f2- |
		while read -r old; do rm -rf "$old"; done
}
