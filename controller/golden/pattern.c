/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/pattern.h"

#include <string.h>

/* A set of places in a pattern, its end included. */
#define WORDS 3
#define BITS  (64 * WORDS)

_Static_assert(PATTERN_MAX < BITS, "places of a pattern");

struct places {
	uint64_t word[WORDS];
};

/*
 * A pattern behind its literal beginning, as sets of places. A row of stars is one place.
 * @byte:	where this very byte is wanted
 */
struct compiled {
	struct places byte[256];
	struct places question, star, stars;
	unsigned int end;
};

bool pattern_valid(const char *pattern)
{
	return pattern[0] == '/' && strlen(pattern) <= PATTERN_MAX;
}

static void put(struct places *p, unsigned int at)
{
	p->word[at / 64] |= UINT64_C(1) << at % 64;
}

static bool has(const struct places *p, unsigned int at)
{
	return p->word[at / 64] >> at % 64 & 1;
}

/* Adds to @out the places behind those of @p. */
static void add_next(struct places *out, const struct places *p)
{
	for (int i = WORDS - 1; i >= 0; i--)
		out->word[i] |= p->word[i] << 1 | (i ? p->word[i - 1] >> 63 : 0);
}

static void compile(struct compiled *c, const char *pattern)
{
	memset(c, 0, sizeof(*c));
	for (; *pattern; c->end++, pattern++) {
		size_t row = strspn(pattern, "*");

		if (row) {
			put(row > 1 ? &c->stars : &c->star, c->end);
			pattern += row - 1;
		} else if (*pattern == '?') {
			put(&c->question, c->end);
		} else {
			put(&c->byte[(unsigned char)*pattern], c->end);
			if (*pattern == ' ')
				put(&c->byte['_'], c->end);
		}
	}
}

/* A star may stand for nothing: what is behind it is reached as well. */
static void skip_stars(const struct compiled *c, struct places *at)
{
	struct places on;

	for (int i = 0; i < WORDS; i++)
		on.word[i] = at->word[i] & (c->star.word[i] | c->stars.word[i]);
	add_next(at, &on);
}

/* Where in the pattern one may be after one more byte. */
static void step(const struct compiled *c, struct places *at, char byte)
{
	const uint64_t within = byte == '/' ? 0 : UINT64_MAX;
	const struct places *same = &c->byte[(unsigned char)byte];
	struct places passed, next;

	for (int i = 0; i < WORDS; i++) {
		passed.word[i] = at->word[i] & (same->word[i] | (c->question.word[i] & within));
		next.word[i] = at->word[i] & (c->stars.word[i] | (c->star.word[i] & within));
	}
	add_next(&next, &passed);
	*at = next;
	skip_stars(c, at);
}

bool pattern_match(const char *pattern, const char *path, uint32_t len)
{
	struct compiled c;
	struct places at = {{1}};
	uint32_t i = 0;

	/* Most paths differ from most patterns before the first star. */
	for (; *pattern && *pattern != '*' && *pattern != '?'; pattern++, i++)
		if (i == len || (*pattern != path[i] && (*pattern != ' ' || path[i] != '_')))
			return false;
	if (!*pattern || !strcmp(pattern, "**"))
		return *pattern || i == len;
	compile(&c, pattern);
	skip_stars(&c, &at);
	for (; i < len; i++)
		step(&c, &at, path[i]);
	return has(&at, c.end);
}
