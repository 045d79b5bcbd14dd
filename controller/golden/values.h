/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden values on their way from where they come from into a pack. */
#ifndef LAZARET_VALUES_H
#define LAZARET_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "golden/writer.h"

/* Values in one list, at most: a Debian release has some 5 million files. */
#define VALUES_MAX 50000000

/**
 * struct values - a list that grows
 * @value:	@n of them; what they point to is owned by the list
 * @room:	of @value
 */
struct values {
	struct golden *value;
	size_t n;
	size_t room;
};

/**
 * values_add() - append a copy
 * @path:	@path_len bytes, absolute, without NUL, at most PACK_PATH_MAX
 * @digest:	@alg->size bytes
 *
 * Return: 0, or -1 with errno: EINVAL and ENAMETOOLONG for the path, EOVERFLOW, ENOMEM.
 */
int values_add(struct values *v, const char *path, size_t path_len, const struct alg *alg,
	       const uint8_t *digest);

/** values_move() - append all of @from, which is empty then. Return: 0, or -1 with errno. */
int values_move(struct values *v, struct values *from);

/** values_free() - what @v owns; it is empty then */
void values_free(struct values *v);

#endif
