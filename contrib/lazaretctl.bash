# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# bash completion of lazaretctl: commands, options, and the names of the VMs that the daemon knows.

_lazaretctl_vms() {
	lazaretctl --json status 2>/dev/null | grep -o '"name":"[^"\\]*"' | cut -d '"' -f 4
}

# The command on the line so far, if there is one: the first word that is no option.
_lazaretctl_command() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket) ((i++)) ;;
		-*) ;;
		*)
			echo "${COMP_WORDS[i]}"
			return
			;;
		esac
	done
}

_lazaretctl_options() {
	local common='--json --socket --help'
	case $1 in
	status) echo "--check $common" ;;
	events) echo "--follow $common" ;;
	journal) echo "--db --head $common" ;;
	admit) echo "--db $common" ;;
	quarantine) echo "--reason --level $common" ;;
	release) echo "--reason --until $common" ;;
	enrol) echo "--kernel --initrd --cmdline --only $common" ;;
	evidence) echo "--nonce --output $common" ;;
	verify-evidence) echo "--nonce --ca $common" ;;
	vtpm) echo "--key --output $common" ;;
	xsm) echo "--xen --workloads --rules --output $common" ;;
	golden) echo "--root --output --list --name --one-file-system --split-usr --replaces --until \
		--key --serial --hash $common" ;;
	verify) echo "--log --policy --pack --pcrs --banks --all $common" ;;
	*) echo "$common" ;;
	esac
}

_lazaretctl() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command
	command=$(_lazaretctl_command)
	COMPREPLY=()
	case $before in
	-s | --socket | -o | --output | -k | --kernel | -i | --initrd | -C | --ca | -L | --list | \
		-g | --log | -y | --policy | -p | --pack | -P | --pcrs | -R | --replaces | -K | --key | \
		-D | --db | -w | --workloads | verify-evidence | show)
		if [[ $before != show || $command == golden ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
		fi
		;;
	-d | --root | -X | --xen | -F | --rules)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	-V | --level)
		mapfile -t COMPREPLY < <(compgen -W 'watch isolate freeze kill' -- "$word")
		return
		;;
	-A | --hash)
		mapfile -t COMPREPLY < <(compgen -W 'sha1 sha256 sha384 sha512 sm3 sha3-256 sha3-384 sha3-512' -- "$word")
		return
		;;
	-r | --reason | -n | --name | -N | --nonce | -l | --cmdline | -u | --until | -b | --banks | -e | --serial | -H | --head) return ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_lazaretctl_options "$command")" -- "$word")
		return
	fi
	case $command in
	'' | help)
		mapfile -t COMPREPLY < <(compgen -W 'status show events journal label admit xsm prove quarantine scan cure sickbay release
			enrol evidence verify-evidence verify golden policy vtpm reload version help' -- "$word")
		;;
	show | events | prove | quarantine | scan | cure | release | enrol | evidence)
		mapfile -t COMPREPLY < <(compgen -W "$(_lazaretctl_vms)" -- "$word")
		;;
	golden) mapfile -t COMPREPLY < <(compgen -W 'build show list explain diff export keygen sign verify rollout' -f -- "$word") ;;
	label) mapfile -t COMPREPLY < <(compgen -W "list set $(_lazaretctl_vms)" -- "$word") ;;
	vtpm) mapfile -t COMPREPLY < <(compgen -W "list remove export import $(_lazaretctl_vms)" -f -- "$word") ;;
	xsm) mapfile -t COMPREPLY < <(compgen -W "build check load" -f -- "$word") ;;
	sickbay) mapfile -t COMPREPLY < <(compgen -W 'list get purge' -- "$word") ;;
	journal) mapfile -t COMPREPLY < <(compgen -W verify -- "$word") ;;
	policy) mapfile -t COMPREPLY < <(compgen -W check -f -- "$word") ;;
	esac
}

complete -F _lazaretctl lazaretctl
