/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of an archive that is open: for archive.c and deb.c. */
#ifndef LAZARET_ENTRIES_H
#define LAZARET_ENTRIES_H

#include <archive.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "golden/debian.h"
#include "golden/hasher.h"
#include "golden/links.h"
#include "golden/values.h"

/**
 * struct entries - one archive while it is read
 * @path:	of the archive, for messages
 * @file:	mapped, @size bytes
 * @sum:	SHA-256 of it
 * @base:	where in @file the archive that is being read begins
 * @at:		bytes after @base, if nothing else says it
 * @raw:	what reads @file; others may read what is in its entries. NULL: nothing, then @at counts
 * @split_usr:	as archive_values()'s
 * @entries, @bytes: so far; @bytes are all that was unpacked, hashed or not
 * @links:	names so far
 * @out:	where values go
 * @first:	values that were in @out before
 * @hasher:	for digests
 * @error:	BUILD_ERROR_MAX bytes
 */
struct entries {
	const char *path;
	const uint8_t *file;
	size_t size;
	uint8_t sum[DEBIAN_SUM_SIZE];
	size_t base;
	uint64_t at;
	struct archive *raw;
	bool split_usr;
	uint64_t entries;
	uint64_t bytes;
	struct links links;
	struct values *out;
	size_t first;
	struct hasher hasher;
	char *error;
};

/* Why a package is not taken whose file is another one than the list has. */
extern const char entries_other_sum[];

/**
 * entries_fail() - write the message
 * @entry:	it is about; may be NULL
 * @text:	what is wrong; NULL if libarchive could not say
 *
 * Return: -1.
 */
int entries_fail(const struct entries *r, const char *entry, const char *text);

/**
 * entries_hash() - digest of the entry that @a is at
 * @name:	of the entry, for messages
 * @digest:	room for that of r->hasher.alg
 *
 * Return: 0, or -1 after a message.
 */
int entries_hash(struct entries *r, struct archive *a, const char *name, uint8_t *digest);

/** entries_skip() - its data are of no interest, and are counted. Return: as entries_hash()'s. */
int entries_skip(struct entries *r, struct archive *a, const char *name);

/** entries_next() - there is one more. Return: 0, or -1 after a message: too many. */
int entries_next(struct entries *r);

/** entries_count() - so many bytes were unpacked. Return: 0, or -1 after a message: it is a bomb. */
int entries_count(struct entries *r, const char *name, uint64_t bytes);

/** entries_fail_hash() - the digest can't be computed. Return: -1. */
int entries_fail_hash(const struct entries *r, const char *entry);

/** entries_put() - add a value. Return: 0, or -1 after a message about entry @name. */
int entries_put(struct entries *r, const char *name, const char *path, const uint8_t *digest);

/**
 * entries_put_name() - add a value under the path that an entry's name is in the guest
 * @key:	what later entries refer to it by; NULL: the path
 * @group:	of links_find(): what it is a link to; NULL: nothing
 *
 * Return: 0, or -1 after a message.
 */
int entries_put_name(struct entries *r, const char *name, const char *key, struct link *group,
		     const uint8_t *digest);

/** entries_filters() - let @a unpack what packages and images are packed with, and by no other program */
void entries_filters(struct archive *a);

/** entries_add() - add each regular file in @a, a tar. Return: 0 at its end, or -1 after a message. */
int entries_add(struct entries *r, struct archive *a);

#endif
