/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pack is to those who read it: pack.c, packlook.c, packrows.c. */
#ifndef LAZARET_PACKINSIDE_H
#define LAZARET_PACKINSIDE_H

#include <cdb.h>

#include "golden/pack.h"
#include "golden/table.h"

/**
 * struct pack - one that is open
 * @cdb:	keeps the file mapped
 * @head:	bytes before each digest of a path: fewer in a pack that has no origins
 */
struct pack {
	struct cdb cdb;
	struct table table;
	struct pack_info info;
	uint32_t head;
};

/**
 * struct packrow - one digest of a path
 * @alg:	NULL: what is there is none
 */
struct packrow {
	const struct alg *alg;
	const uint8_t *digest;
	uint32_t origin;
};

/**
 * packrow_read() - the digest at the start of a path's row
 * @value:	@len bytes
 *
 * Return: its bytes with its head; 0 if it is malformed.
 */
uint32_t packrow_read(const struct pack *p, const uint8_t *value, uint32_t len,
		      struct packrow *out);

#endif
