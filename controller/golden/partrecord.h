/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of what was read of one archive; for partial.c. */
#ifndef LAZARET_PARTRECORD_H
#define LAZARET_PARTRECORD_H

#include "golden/partial.h"

/**
 * partrecord_write() - what an archive has, as bytes
 * @value:	@n values
 * @len:	bytes of what is returned
 *
 * Return: to be freed; NULL with errno.
 */
uint8_t *partrecord_write(const struct partial_archive *archive, const struct golden *value,
			  size_t n, size_t *len);

/**
 * partrecord_read() - the reverse
 * @alg:	of all values
 * @out:	values are added, as of the package, even if -1 is returned
 *
 * Return: 0; -1 with errno, EPROTO if @data are not what partrecord_write() made.
 */
int partrecord_read(const uint8_t *data, size_t len, const struct alg *alg,
		    struct partial_archive *archive, struct values *out);

#endif
