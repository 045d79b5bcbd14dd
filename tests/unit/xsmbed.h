/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small policy, as checkpolicy takes it: the classes and names of Xen's that the proof looks at. */
#ifndef LAZARET_XSMBED_H
#define LAZARET_XSMBED_H

#include <stdio.h>

/* The whole of it. @declarations go before its types, @more after its rules. */
void xsmbed_write(FILE *out, const char *declarations, const char *more);

/* What goes before and after such rules. */
void xsmbed_head(FILE *out, const char *declarations);
void xsmbed_tail(FILE *out);

#endif
