/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command of lazaretctl, run in the test's own process with its output kept. */
#ifndef LAZARET_TOOLBED_H
#define LAZARET_TOOLBED_H

#include "tool/tool.h"

extern char toolbed_output[65536]; /* of the last command; more is cut off */

/* Runs it with these operands; NULL is none. Return: its exit status. */
int toolbed_run(int (*command)(const struct args *), struct args args, const char *first,
		const char *second);

/* Fails unless the last output holds @part. */
void toolbed_shows(const char *part);

#endif
