/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of lazaretctl. */
#ifndef LAZARET_TOOL_ARGS_H
#define LAZARET_TOOL_ARGS_H

#include <stdbool.h>
#include <stdio.h>

#define ARGS_COMMON "jsh" /* letters of --json, --socket, --help: every command has them */

/* Everything any command can be told; strings are borrowed from the command line. */
struct args {
	bool json; /* j: answers as JSON */
	bool help; /* h */
	bool follow; /* f */
	bool check; /* c: exit status 1 unless all is well */
	bool one_file_system; /* x */
	const char *socket; /* s PATH */
	const char *reason; /* r TEXT */
	const char *root; /* d DIR */
	const char *output; /* o FILE */
	const char *name; /* n NAME */
	const char *kernel; /* k FILE */
	const char *initrd; /* i FILE */
	const char *cmdline; /* l TEXT */
	bool only; /* O */
	const char *nonce; /* N HEX */
	const char *ca; /* C FILE */
	const char *list; /* L FILE */
	bool split_usr; /* S */
	const char *hash; /* A ALG */
	const char *log; /* g FILE */
	const char *pack; /* p FILE */
	const char *policy; /* y FILE */
	const char *pcrs; /* P FILE */
	const char *banks; /* b NAMES */
	bool all; /* a */
	const char *replaces; /* R PACK */
	const char *until; /* u DATE */
	const char *key; /* K FILE */
	const char *serial; /* e NUMBER */
	const char *db; /* D FILE */
	const char *head; /* H HASH */
	const char *level; /* V LEVEL */
	const char *xen; /* X DIR */
	const char *workloads; /* w FILE */
	const char *rules; /* F DIR */
	const char *disk; /* B PATH */
	char **operand;
	int operands;
};

/**
 * args_parse() - read options and operands, in any order
 * @args:	options are added to what it holds
 * @letters:	the options that may be used, besides ARGS_COMMON; with a leading «+» reading
 *		ends at the first operand
 * @argv:	NULL-terminated; [0] is skipped; may be reordered
 * @errors:	where a complaint goes
 *
 * Return: false after a complaint.
 */
bool args_parse(struct args *args, const char *letters, int argc, char **argv, FILE *errors);

/* Writes a line for each option in @letters and ARGS_COMMON. */
void args_help(const char *letters, FILE *out);

#endif
