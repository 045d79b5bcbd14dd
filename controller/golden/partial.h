/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a build that is not finished has read so far: a file beside the pack to be, so that a build
 * that was interrupted, in whatever way, goes on where it ended. Removed when the pack is there.
 */
#ifndef LAZARET_PARTIAL_H
#define LAZARET_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/alg.h"
#include "golden/debian.h"
#include "golden/values.h"

/* Bytes by which an archive is known: its SHA-256. */
#define PARTIAL_KEY_SIZE 32

/* Bytes of what one archive has, at most. */
#define PARTIAL_RECORD_MAX (UINT32_C(1) << 30)

struct partial;

/**
 * struct partial_archive - what was read of one archive
 * @package:	of a Debian package what it is; else empty
 * @bytes:	hashed
 */
struct partial_archive {
	struct debian_package package;
	uint64_t bytes;
};

/**
 * partial_open() - open the file of a pack that is to be built, or make it
 * @output:	name of the pack
 * @alg:	of the digests: with another one, or another @split_usr, than before nothing is taken over
 * @error:	BUILD_ERROR_MAX bytes, written if NULL is returned
 *
 * What is in the file is believed: it must belong to the caller, and nobody else may write to it. A record
 * that was not written to its end is dropped. Two builds of one pack at once are refused.
 *
 * Return: to be closed with partial_close(); NULL after an error.
 */
struct partial *partial_open(const char *output, const struct alg *alg, bool split_usr,
			     char *error);

/**
 * partial_take() - has an archive been read before?
 * @key:	SHA-256 of all its bytes
 * @archive:	written if 1 is returned
 * @out:	its values are added, if 1 is returned
 *
 * Thread-safe. Return: 1; 0 if it has not been; -1 with errno.
 */
int partial_take(struct partial *p, const uint8_t key[PARTIAL_KEY_SIZE],
		 struct partial_archive *archive, struct values *out);

/**
 * partial_put() - an archive has been read
 * @value:	@n values, all of @alg
 *
 * Thread-safe. Return: 0, or -1 with errno.
 */
int partial_put(struct partial *p, const uint8_t key[PARTIAL_KEY_SIZE],
		const struct partial_archive *archive, const struct golden *value, size_t n);

/** partial_taken() - archives that need not be read again, so far */
uint64_t partial_taken(struct partial *p);

/**
 * partial_close() - NULL is fine
 * @done:	the pack is there: the file is removed
 */
void partial_close(struct partial *p, bool done);

#endif
