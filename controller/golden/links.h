/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hard links within one archive: names of one file, whose content may come with any of them. */
#ifndef LAZARET_LINKS_H
#define LAZARET_LINKS_H

#include <stddef.h>
#include <stdint.h>

struct link;

/**
 * struct links - all names that others may refer to; but for @digest_size zeros: none yet
 * @digest_size: bytes of each digest
 * @tree:	of tsearch(3), by key
 * @last:	the one added last: all of them are a list
 */
struct links {
	size_t digest_size;
	void *tree;
	struct link *last;
};

/**
 * links_add() - a name
 * @key:	what others refer to it by; copied; a later one of the same key takes its place. NULL: none do
 * @digest:	of the value, which links_settle() may write
 * @group:	what links_find() said of the name it refers to; NULL: a file of its own
 *
 * Return: 0, or -1: no memory.
 */
int links_add(struct links *l, const char *key, uint8_t *digest, struct link *group);

/** links_find() - the file that a key is a name of. Return: NULL: none */
struct link *links_find(const struct links *l, const char *key);

/** links_digest() - its digest, as far as it is known; what is written there is for all its names */
uint8_t *links_digest(struct link *group);

/** links_settle() - give each name the digest of its file, and free all */
void links_settle(struct links *l);

#endif
