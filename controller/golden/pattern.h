/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of paths. Matching takes time proportional to both lengths, whatever they are. */
#ifndef LAZARET_PATTERN_H
#define LAZARET_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a pattern, at most. */
#define PATTERN_MAX 190

/**
 * pattern_valid() - absolute, and not too long
 *
 * «?» is any byte but «/», «*» any number of them, «**» any number of any bytes. A blank is «_», as
 * IMA writes it.
 */
bool pattern_valid(const char *pattern);

/**
 * pattern_match() - does a whole path match?
 * @pattern:	one that pattern_valid() let pass
 * @path:	@len bytes, any but NUL
 */
bool pattern_match(const char *pattern, const char *path, uint32_t len);

#endif
