// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "tool/args.h"

struct option_row {
	char letter;
	const char *name;
	const char *value; /* what it takes; NULL: nothing */
	size_t at; /* its place in struct args: a string, or a bool if it takes nothing */
	const char *help;
};

#define AT(field) offsetof(struct args, field)

static const struct option_row rows[] = {
	{'f', "follow", NULL, AT(follow), "go on with each new event until interrupted"},
	{'c', "check", NULL, AT(check),
	 "exit status 1 unless every VM is trusted and the journal can be written"},
	{'r', "reason", "TEXT", AT(reason), "why, for the journal"},
	{'d', "root", "DIR", AT(root), "folder that holds the guest's root tree"},
	{'o', "output", "FILE", AT(output), "file to write; replaced at once when it is complete"},
	{'n', "name", "NAME", AT(name), "name of the pack; default: that of the file"},
	{'x', "one-file-system", NULL, AT(one_file_system),
	 "leave out what is mounted below the root"},
	{'k', "kernel", "FILE", AT(kernel), "kernel that it will be started with"},
	{'i', "initrd", "FILE", AT(initrd), "initramfs that it will be started with"},
	{'l', "cmdline", "TEXT", AT(cmdline), "command line that it will be started with"},
	{'N', "nonce", "HEX", AT(nonce), "64 digits that nobody could know before"},
	{'C', "ca", "FILE", AT(ca), "certificate of the host's authority, had by another way"},
	{'O', "only", NULL, AT(only), "and no other start is good any more"},
	{'L', "list", "FILE", AT(list),
	 "only these packages, and all: dpkg's status, or a Packages file"},
	{'S', "split-usr", NULL, AT(split_usr),
	 "leave /bin, /sbin and /lib of packages where they are"},
	{'A', "hash", "ALG", AT(hash),
	 "algorithm of the digests that are computed; default: sha256"},
	{'g', "log", "FILE", AT(log),
	 "IMA's list (binary_runtime_measurements); - is standard input"},
	{'p', "pack", "FILE", AT(pack), "golden pack to compare with"},
	{'y', "policy", "FILE", AT(policy), "golden policy to judge by"},
	{'P', "pcrs", "FILE", AT(pcrs),
	 "PCRs to compare with, as tpm2_pcrread or evmctl write them"},
	{'b', "banks", "NAMES", AT(banks), "PCR banks to compute; default: sha1,sha256"},
	{'a', "all", NULL, AT(all), "show good records as well"},
	{'R', "replaces", "PACK", AT(replaces), "pack that the new one takes the place of"},
	{'u', "until", "DATE", AT(until),
	 "it ends then (UTC); default: a rollout at once, a release after 24 hours"},
	{'V', "level", "LEVEL", AT(level),
	 "watch, isolate, freeze or kill; default: as configured"},
	{'K', "key", "FILE", AT(key),
	 "key to sign with, or (verify) that must have signed; for a TPM: a passphrase"},
	{'e', "serial", "NUMBER", AT(serial),
	 "number of the pack; default: one more than the pack that it replaces"},
	{'D', "db", "FILE", AT(db), "the journal; default: where lazaretd.conf says"},
	{'H', "head", "HASH", AT(head),
	 "head that was noted: fails if it is not in the journal now"},
	{'X', "xen", "DIR", AT(xen), "Xen's source: what its base policy is taken from"},
	{'w', "workloads", "FILE", AT(workloads),
	 "kinds of VMs; default: workloads.conf, if it is there"},
	{'F', "rules", "DIR", AT(rules), "Lazaret's own rules; default: where they are installed"},
	{'B', "disk", "PATH", AT(disk),
	 "snapshot of its disk, in dom0, which is scanned in place of it"},
	{'j', "json", NULL, AT(json), "print answers as JSON, one object per line"},
	{'s', "socket", "PATH", AT(socket), "control socket of the daemon"},
	{'h', "help", NULL, AT(help), "this text"},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static bool is_allowed(char letter, const char *letters)
{
	return strchr(ARGS_COMMON, letter) || strchr(letters, letter);
}

static bool store(struct args *args, int letter, const char *value)
{
	for (size_t i = 0; i < ROWS; i++) {
		void *field = (char *)args + rows[i].at;

		if (rows[i].letter != letter)
			continue;
		if (rows[i].value)
			*(const char **)field = value;
		else
			*(bool *)field = true;
		return true;
	}
	return false;
}

/* Fills getopt_long()'s two tables with what is allowed. */
static void tables(const char *letters, struct option *long_options, char *short_options)
{
	if (*letters == '+')
		*short_options++ = '+';
	*short_options++ = ':'; /* complaints are ours */
	for (size_t i = 0; i < ROWS; i++) {
		if (!is_allowed(rows[i].letter, letters))
			continue;
		*long_options++ = (struct option){.name = rows[i].name,
						  .has_arg = rows[i].value != NULL,
						  .val = rows[i].letter};
		*short_options++ = rows[i].letter;
		if (rows[i].value)
			*short_options++ = ':';
	}
	*long_options = (struct option){0};
	*short_options = '\0';
}

bool args_parse(struct args *args, const char *letters, int argc, char **argv, FILE *errors)
{
	struct option long_options[ROWS + 1];
	char short_options[2 * ROWS + 3];
	int letter, before;

	tables(letters, long_options, short_options);
	optind = 0; /* glibc: begin anew */
	for (;;) {
		before = optind ? optind : 1;
		letter = getopt_long(argc, argv, short_options, long_options, NULL);
		if (letter == -1)
			break;
		if (store(args, letter, optarg))
			continue;
		if (letter == ':')
			fprintf(errors, "lazaretctl: «%s» needs a value\n", argv[optind - 1]);
		else
			fprintf(errors, "lazaretctl: unknown option «%s»\n",
				before < argc ? argv[before] : "");
		return false;
	}
	args->operand = argv + optind;
	args->operands = argc - optind;
	return true;
}

void args_help(const char *letters, FILE *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		char name[40];

		if (!is_allowed(rows[i].letter, letters))
			continue;
		snprintf(name, sizeof(name), "-%c, --%s%s%s", rows[i].letter, rows[i].name,
			 rows[i].value ? "=" : "", rows[i].value ? rows[i].value : "");
		fprintf(out, "  %-24s %s\n", name, rows[i].help);
	}
}
