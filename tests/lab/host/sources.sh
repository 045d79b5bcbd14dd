# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Where packages come from: always the mirrors that the machine's own apt is set to. The system's
# apt configuration is read and never changed.

readonly LAB_SUITE=bookworm
readonly LAB_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_targets: "URI SUITE COMPONENT" of each Debian archive of this suite that apt knows.
apt_targets() {
	apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
		awk -v s="$LAB_SUITE" '
			$1 == "Packages" && $2 == "Debian" && index($4, s) == 1 { print $3, $4, $5 }
		' | sort -u
}

# apt_lines TYPE [SUITE]: sources.list lines (TYPE is deb or deb-src) for those archives; or for the same of
# another suite, and its backports.
apt_lines() {
	local uri suite component opt='' found as=${2:-$LAB_SUITE}
	[ ! -f "$LAB_KEYRING" ] || opt="[signed-by=$LAB_KEYRING] "
	found=$(apt_targets)
	if [ -z "$found" ]; then
		apt-get -qq update >&2 || true
		found=$(apt_targets)
	fi
	[ -n "$found" ] || die "apt has no Debian $LAB_SUITE archive in its sources"
	while read -r uri suite component; do
		printf '%s %s%s %s %s\n' "$1" "$opt" "$uri" "${suite/#$LAB_SUITE/$as}" "$component"
		if [ "$as" != "$LAB_SUITE" ] && [ "$suite" = "$LAB_SUITE" ]; then
			printf '%s %s%s %s %s\n' "$1" "$opt" "$uri" "$as-backports" "$component"
		fi
	done <<<"$found"
}

# private_apt DIR: make an apt of our own below DIR with source archives; prints its options.
private_apt() {
	mkdir -p "$1/parts" "$1/lists/partial" "$1/cache/archives/partial"
	apt_lines deb-src >"$1/parts/source.list"
	printf '%s\n' -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$1/parts" \
		-o "Dir::State::lists=$1/lists" -o "Dir::Cache=$1/cache" -o APT::Sandbox::User=root
}
