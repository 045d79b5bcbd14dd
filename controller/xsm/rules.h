/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FLASK rules of workloads, for policy/xsm/Makefile. */
#ifndef LAZARET_XSM_RULES_H
#define LAZARET_XSM_RULES_H

#include <stdio.h>

struct workloads;

/* Writes the module (.te) of @ws, in the macros of policy/xsm/lazaret.if. @from: named in a comment. */
void rules_write(const struct workloads *ws, const char *from, FILE *out);

#endif
