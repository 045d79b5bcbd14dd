/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What golden values are out of: packages and their versions, numbered for a pack. */
#ifndef LAZARET_ORIGINS_H
#define LAZARET_ORIGINS_H

#include <cdb.h>

#include "golden/writer.h"

/**
 * struct origins - those of a pack that is being written, in the order of their numbers, from 1
 * @text:	@n of them, borrowed from the values
 * @last:	number that was asked for last
 */
struct origins {
	const char **text;
	size_t n;
	size_t last;
};

/**
 * origins_order() - the latest version comes first, and what is not known last
 * @a, @b:	of values; may be NULL
 *
 * Return: below 0, 0 or above 0.
 */
int origins_order(const char *a, const char *b);

/** origins_collect() - number what @n values are out of. Return: 0, or -1 with errno. */
int origins_collect(struct origins *o, const struct golden *golden, size_t n);

/** origins_number() - of one that was collected; 0 for NULL */
uint32_t origins_number(struct origins *o, const char *text);

/** origins_write() - add them to a database. Return: 0, or -1 with errno. */
int origins_write(const struct origins *o, struct cdb_make *cdb);

/** origins_free() */
void origins_free(struct origins *o);

#endif
