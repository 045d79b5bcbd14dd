/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents that were met before in one boot: a set that only grows, up to a limit. */
#ifndef LAZARET_SEEN_H
#define LAZARET_SEEN_H

#include <stdbool.h>

#include "attest/template.h"

/* Contents, at most; those after them are not kept. */
#define SEEN_MAX 32768U

/**
 * struct seen - the set; zeros: empty
 * @slot:	8 bytes of each digest, allocated with the first of them
 * @n:		contents
 */
struct seen {
	uint64_t *slot;
	uint32_t n;
};

/** seen_add() - an entry whose algorithm is known. Does nothing when the set is full. */
void seen_add(struct seen *s, const struct ima_entry *e);

/** seen_has() - was its content added? */
bool seen_has(const struct seen *s, const struct ima_entry *e);

/** seen_clear() - empty again; frees all */
void seen_clear(struct seen *s);

#endif
