/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy says of one pack: «/path/of.pack from 7 until 2026-12-31». */
#ifndef LAZARET_PACKLINE_H
#define LAZARET_PACKLINE_H

#include <stdint.h>

/* Bytes of a pack's path with its NUL. */
#define PACKLINE_PATH_SIZE 4096

/**
 * struct packline - one value of golden, retired or denied
 * @path:	absolute
 * @from:	number of the oldest pack that will do, 0: any
 * @until:	seconds since 1970, 0: not said
 * @date:	@until as it was written; empty: not said
 */
struct packline {
	char path[PACKLINE_PATH_SIZE];
	uint32_t from;
	int64_t until;
	char date[32];
};

/**
 * packline_parse() - take a value apart
 * @value:	without what is around it
 *
 * Return: what is wrong, a static string; NULL if all is well.
 */
const char *packline_parse(struct packline *out, const char *value);

/** packline_number() - a pack's number in digits. Return: 0, -1 if it is none below 2^32. */
int packline_number(const char *text, uint32_t *out);

#endif
