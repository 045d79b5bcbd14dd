/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden values on their way from where they come from into a pack. */
#ifndef LAZARET_VALUES_H
#define LAZARET_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "golden/pack.h"
#include "golden/writer.h"

/* Values in one list, at most: a Debian release has some 5 million files. */
#define VALUES_MAX 50000000

/* One of the packages that values are out of. */
struct values_origin {
	struct values_origin *before;
	char text[];
};

/**
 * struct values - a list that grows
 * @value:	@n of them; what they point to is owned by the list
 * @room:	of @value
 * @origin:	what is added from now on is out of, see values_origin()
 * @last:	all origins
 * @by_text:	those that were added here, for tsearch()
 */
struct values {
	struct golden *value;
	size_t n;
	size_t room;
	const char *origin;
	struct values_origin *last;
	void *by_text;
};

/**
 * values_origin() - say what is added from now on is out of
 * @text:	name and version of a package, printable ASCII, below PACK_ORIGIN_MAX bytes; is
 *		copied. Empty: not known
 *
 * Return: 0, or -1 with errno.
 */
int values_origin(struct values *v, const char *text);

/**
 * values_add() - append a copy
 * @path:	@path_len bytes, absolute, without NUL, at most PACK_PATH_MAX
 * @digest:	@alg->size bytes
 *
 * Return: 0, or -1 with errno: EINVAL and ENAMETOOLONG for the path, EOVERFLOW, ENOMEM.
 */
int values_add(struct values *v, const char *path, size_t path_len, const struct alg *alg,
	       const uint8_t *digest);

/**
 * values_take() - append all values of a pack
 *
 * Return: 0; -1 with errno, EPROTO if the pack is inconsistent in itself.
 */
int values_take(struct values *v, const struct pack *pack);

/** values_move() - append all of @from, which is empty then. Return: 0, or -1 with errno. */
int values_move(struct values *v, struct values *from);

/** values_drop() - forget all values but the first @n */
void values_drop(struct values *v, size_t n);

/** values_free() - what @v owns; it is empty then */
void values_free(struct values *v);

#endif
