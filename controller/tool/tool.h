/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lazaretctl: what an operator does. One command, one file.
 *
 * args: the command line; conn: the control socket; ask: one question and its answer; text, table,
 * when: how things look on a terminal; lazaretctl.c: the table of commands.
 */
#ifndef LAZARET_TOOL_H
#define LAZARET_TOOL_H

#include "tool/args.h"

/* Exit statuses; lazaretctl(8) promises them. */
enum {
	TOOL_OK = 0,
	TOOL_FAILED = 1, /* it was refused or did not work */
	TOOL_USAGE = 2, /* the command line is wrong */
	TOOL_UNREACHABLE = 3, /* no daemon answers */
	TOOL_NO_SUCH_VM = 4,
	TOOL_DENIED = 5, /* the socket is not for this user */
	TOOL_FINDINGS = 6, /* a scan found something */
};

struct command {
	const char *name;
	const char *operands; /* for the usage line; "" if there are none */
	const char *options; /* letters of args.h, besides those that every command has */
	int min, max; /* operands */
	const char *summary; /* a line for the list of commands */
	const char *more; /* for --help; may be NULL */
	int (*run)(const struct args *args);
};

/* Each returns an exit status. Operands are as many as the command's row allows. */
int run_status(const struct args *args);
int run_show(const struct args *args);
int run_events(const struct args *args);
int run_journal(const struct args *args);
int run_policy(const struct args *args);
int run_golden(const struct args *args);
int run_prove(const struct args *args);
int run_quarantine(const struct args *args);
int run_scan(const struct args *args);
int run_sickbay(const struct args *args);
int run_cure(const struct args *args);
int run_evidence(const struct args *args);
int run_verify(const struct args *args);
int run_verify_evidence(const struct args *args);
int run_enrol(const struct args *args);
int run_release(const struct args *args);
int run_vtpm(const struct args *args);
int run_xsm(const struct args *args);
int run_label(const struct args *args);
int run_admit(const struct args *args);
int run_reload(const struct args *args);
int run_version(const struct args *args);

#endif
