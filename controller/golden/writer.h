/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the bytes of a golden pack. */
#ifndef LAZARET_WRITER_H
#define LAZARET_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "attest/alg.h"

/**
 * struct golden - one golden value
 * @path:	in the guest, absolute; below PACK_PATH_MAX bytes
 * @alg:	algorithm of @digest
 * @digest:	@alg->size bytes
 * @origin:	name and version of the package that has it, printable ASCII, below PACK_ORIGIN_MAX
 *		bytes; NULL: not known
 */
struct golden {
	const char *path;
	const struct alg *alg;
	const uint8_t *digest;
	const char *origin;
};

/**
 * struct pack_label - what a pack says of itself
 * @name:	below PACK_NAME_MAX bytes
 * @built:	seconds since 1970, or 0
 * @serial:	see struct pack_trailer
 */
struct pack_label {
	const char *name;
	uint64_t built;
	uint32_t serial;
};

/**
 * pack_write() - write a pack
 * @fd:		an empty regular file, open for reading and writing
 * @golden:	@n values, in any order (they are sorted); a path may have several
 *
 * The same values and label give the same bytes. Blanks of a path become '_', as
 * IMA writes it (kernel: ima_template_lib.c, ima_write_template_field_data). A value that
 * several versions have is said to be of the latest.
 *
 * Return: 0, or -1 with errno.
 */
int pack_write(int fd, struct golden *golden, size_t n, const struct pack_label *label);

#endif
