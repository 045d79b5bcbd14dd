// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/text.h"
#include "tool/tool.h"

static int run_help(const struct args *args);

static const struct command commands[] = {
	{"status", "", "c", 0, 0, "every VM and its state, a line each", NULL, run_status},
	{"show", "VM", "", 1, 1, "one VM in full: why it is what it is, and what was done",
	 "VM is a name, a UUID or a domain number.", run_show},
	{"events", "[VM]", "f", 0, 1, "what happened lately, and (--follow) what happens",
	 "With --json, each event is a line.", run_events},
	{"journal", "verify", "DH", 1, 1, "is the journal what was written? needs no daemon",
	 "It prints the last row's hash, the head. Note it on another machine: with --head=HASH a\n"
	 "later check tells whether rows up to there were cut off or written anew since.",
	 run_journal},
	{"prove", "VM", "", 1, 1, "demand a proof now, without waiting for the next challenge",
	 NULL, run_prove},
	{"quarantine", "VM", "rV", 1, 1, "put a VM in danger: it is cut off",
	 "It ends by a cure or a release. With --level, one that is in danger is cut off further, "
	 "or\n"
	 "less far.",
	 run_quarantine},
	{"scan", "[--disk=PATH] VM", "B", 1, 1,
	 "compare the VM's disk with golden values and ClamAV's signatures",
	 "A remedy domain does it, which can only read the disk. The VM must be paused, or not "
	 "run.\n"
	 "Exit status 0: nothing was found; 6: something was; 1: it could not be scanned.",
	 run_scan},
	{"cure", "VM", "", 1, 1, "repair or roll back its disk, boot, demand a proof, then restore",
	 "«cure» in lazaretd.conf says which. Rolled back: what the disk holds is lost, it becomes "
	 "what\n"
	 "the golden image is. Repaired: files are restored from packages or removed, and kept.",
	 run_cure},
	{"sickbay", "list | get NAME | purge NAME", "o", 1, 2,
	 "what repairs removed or replaced; needs no daemon",
	 "sickbay list                         what is kept\n"
	 "sickbay get NAME --output=FILE       as a tar archive: it may be dangerous\n"
	 "sickbay purge NAME                   for good",
	 run_sickbay},
	{"release", "VM", "ru", 1, 1, "let a VM out of danger in spite of its findings",
	 "--reason is required. It is written to the journal with your name.", run_release},
	{"enrol", "VM", "kilO", 1, 1, "what boots the VM is good: compare with it from now on",
	 "Without options: what it was started with this time. With them: what it will be started\n"
	 "with after an update; what is not given stays as it is.",
	 run_enrol},
	{"evidence", "VM", "No", 1, 1, "a proof of the VM's integrity that a stranger can verify",
	 "--nonce and --output are required. lazaret-evidence(7) tells what is in it.",
	 run_evidence},
	{"verify-evidence", "FILE", "NC", 1, 1, "verify such a proof; needs no daemon",
	 "Without --nonce its age is not known, without --ca who vouches for it.",
	 run_verify_evidence},
	{"verify", "", "gpyPba", 0, 0, "check an IMA list of any machine; needs no daemon",
	 "Without --policy or --pack: format, template hashes and PCRs only.", run_verify},
	{"golden", "ACTION …", "donxLSRuKeA", 1, INT_MAX, "make golden packs, and look at them",
	 "golden build --output=PACK SOURCE…   from packages (.deb), folders of them, initramfs\n"
	 "                                     and disk images, tars, other packs, IMA lists,\n"
	 "                                     policies of Keylime\n"
	 "golden build --output=PACK --root=DIR        from the root tree of a guest\n"
	 "golden show PACK                     what it says of itself\n"
	 "golden list PACK [PATH]              its values; of what is below PATH\n"
	 "golden explain PACK PATH|DIGEST      what it knows of a file\n"
	 "golden diff OLD NEW                  what came, went, changed: exit status 1 if "
	 "anything\n"
	 "golden export PACK --output=FILE     as a runtime policy of Keylime\n"
	 "golden keygen FILE                   a key to sign packs with, and FILE.pub\n"
	 "golden sign PACK --key=FILE          sign it\n"
	 "golden verify PACK --key=FILE.pub    is it signed by that key?\n"
	 "golden rollout POLICY PACK [--replaces=PACK [--until=DATE]]\n"
	 "                                     golden from now on; the daemon is told\n"
	 "\n"
	 "SOURCE_DATE_EPOCH, if set, is written into the pack as the time of its making.",
	 run_golden},
	{"policy", "check FILE", "", 2, 2, "check a golden policy; needs no daemon", NULL,
	 run_policy},
	{"label", "list | set VM LABEL", "", 1, 3,
	 "FLASK labels of VMs; give a running one another",
	 "What is set holds until the VM is started again: its configuration says what it starts "
	 "with.\n"
	 "A VM that is cut off keeps the danger label.",
	 run_label},
	{"admit", "DOMAIN", "D", 1, 1, "may a VM run beside those that run? for hotplug scripts",
	 "Exit status 1: no, and stderr says why. One in danger is paused, and one without a "
	 "workload\n"
	 "may run. Where no daemon answers, one in danger is paused until a daemon runs.",
	 run_admit},
	{"xsm", "ACTION …", "XwFo", 1, INT_MAX, "FLASK policies: build, prove, load",
	 "xsm build --xen=DIR --output=FILE [MODULE.te…]\n"
	 "                                     of Xen's base, Lazaret's rules and the workloads\n"
	 "xsm check FILE                       does no way lead from or to a VM in danger, and\n"
	 "                                     between workloads only those of the file?\n"
	 "xsm load FILE                        check it, and give it to Xen until the next boot\n"
	 "\n"
	 "Exit status 1: not built, not proven, not loaded. Needs no daemon.",
	 run_xsm},
	{"vtpm", "ACTION …", "Ko", 1, 2, "TPMs of VMs: list, end, move to another host",
	 "vtpm list                            which there are\n"
	 "vtpm remove VM                       for ever, with every key in it and what was "
	 "enrolled\n"
	 "vtpm export VM --key=FILE --output=FILE\n"
	 "                                     for another host, under the passphrase in a file;\n"
	 "                                     it does not start here any more\n"
	 "vtpm import FILE --key=FILE          there (or here again)\n"
	 "\n"
	 "The VM must not run. Export and import need root.",
	 run_vtpm},
	{"reload", "", "", 0, 0, "let the daemon read its configuration again", NULL, run_reload},
	{"version", "", "", 0, 0, "the version of this program", NULL, run_version},
	{"help", "[COMMAND]", "", 0, 1, "this text, or that of a command", NULL, run_help},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	warnx("unknown command «%s»; try «lazaretctl help»", name);
	return NULL;
}

static void help_all(FILE *out)
{
	fputs("usage: lazaretctl [--json] [--socket=PATH] COMMAND [OPTIONS]\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++) {
		char usage[40];

		snprintf(usage, sizeof(usage), "%s %s", commands[i].name, commands[i].operands);
		fprintf(out, "  %-24s %s\n", usage, commands[i].summary);
	}
	fputs("\n«lazaretctl COMMAND --help» tells more, lazaretctl(8) all.\n", out);
}

static int help_one(const struct command *command)
{
	printf("usage: lazaretctl %s%s%s [OPTIONS]: %s\n", command->name,
	       *command->operands ? " " : "", command->operands, command->summary);
	if (command->more)
		printf("\n%s\n", command->more);
	putchar('\n');
	args_help(command->options, stdout);
	return TOOL_OK;
}

static int run_help(const struct args *args)
{
	const struct command *command = args->operands ? find(args->operand[0]) : NULL;

	if (args->operands && !command)
		return TOOL_USAGE;
	if (command)
		return help_one(command);
	help_all(stdout);
	return TOOL_OK;
}

static int dispatch(struct args *args)
{
	int argc = args->operands;
	char **argv = args->operand;
	const struct command *command = find(argv[0]);

	if (!command || !args_parse(args, command->options, argc, argv, stderr))
		return TOOL_USAGE;
	if (args->help)
		return help_one(command);
	if (args->operands >= command->min && args->operands <= command->max)
		return command->run(args);
	warnx("usage: lazaretctl %s%s%s", command->name, *command->operands ? " " : "",
	      command->operands);
	return TOOL_USAGE;
}

int main(int argc, char **argv)
{
	struct args args = {0};
	int status;

	text_init();
	if (!args_parse(&args, "+", argc, argv, stderr))
		return TOOL_USAGE;
	if (args.help) {
		help_all(stdout);
		return TOOL_OK;
	}
	if (!args.operands) {
		help_all(stderr);
		return TOOL_USAGE;
	}
	status = dispatch(&args);
	if (fflush(stdout) || ferror(stdout)) {
		warn("standard output");
		return status ? status : TOOL_FAILED;
	}
	return status;
}
