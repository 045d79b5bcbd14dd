// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <string.h>

#include "tool/args.h"

struct option_row {
	char letter;
	const char *name;
	const char *value; /* what it takes; NULL: nothing */
	const char *help;
};

static const struct option_row rows[] = {
	{'f', "follow", NULL, "go on with each new event until interrupted"},
	{'c', "check", NULL, "exit status 1 unless every VM is trusted and the journal is sound"},
	{'r', "reason", "TEXT", "why, for the journal"},
	{'d', "root", "DIR", "folder that holds the guest's root tree"},
	{'o', "output", "FILE", "file to write; replaced at once when it is complete"},
	{'n', "name", "NAME", "name of the pack; default: that of the file"},
	{'x', "one-file-system", NULL, "leave out what is mounted below the root"},
	{'k', "kernel", "FILE", "kernel that it will be started with"},
	{'i', "initrd", "FILE", "initramfs that it will be started with"},
	{'l', "cmdline", "TEXT", "command line that it will be started with"},
	{'N', "nonce", "HEX", "64 digits that nobody could know before"},
	{'C', "ca", "FILE", "certificate of the host's authority, had by another way"},
	{'O', "only", NULL, "and no other start is good any more"},
	{'j', "json", NULL, "print answers as JSON, one object per line"},
	{'s', "socket", "PATH", "control socket of the daemon"},
	{'h', "help", NULL, "this text"},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static bool is_allowed(char letter, const char *letters)
{
	return strchr(ARGS_COMMON, letter) || strchr(letters, letter);
}

static bool store(struct args *args, int letter, const char *value)
{
	switch (letter) {
	case 'j':
		args->json = true;
		break;
	case 'h':
		args->help = true;
		break;
	case 'f':
		args->follow = true;
		break;
	case 'c':
		args->check = true;
		break;
	case 'x':
		args->one_file_system = true;
		break;
	case 's':
		args->socket = value;
		break;
	case 'k':
		args->kernel = value;
		break;
	case 'i':
		args->initrd = value;
		break;
	case 'l':
		args->cmdline = value;
		break;
	case 'N':
		args->nonce = value;
		break;
	case 'C':
		args->ca = value;
		break;
	case 'O':
		args->only = true;
		break;
	case 'r':
		args->reason = value;
		break;
	case 'd':
		args->root = value;
		break;
	case 'o':
		args->output = value;
		break;
	case 'n':
		args->name = value;
		break;
	default:
		return false;
	}
	return true;
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
