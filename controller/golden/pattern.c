/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/pattern.h"

#include <string.h>

bool pattern_valid(const char *pattern)
{
	return pattern[0] == '/' && strlen(pattern) <= PATTERN_MAX;
}

static bool is_same(char want, char is)
{
	return want == is || (want == ' ' && is == '_');
}

/* A star may stand for nothing: what is behind it is reached as well. */
static void skip_stars(const char *pattern, bool *at)
{
	for (size_t k = 0; pattern[k]; k++)
		if (at[k] && pattern[k] == '*')
			at[k + 1] = true;
}

/* Where in the pattern one may be after one more byte. */
static void step(const char *pattern, const bool *at, char byte, bool *next)
{
	memset(next, 0, PATTERN_MAX + 1);
	for (size_t k = 0; pattern[k]; k++) {
		bool any = pattern[k] == '*' &&
			   (pattern[k + 1] == '*' || (k && pattern[k - 1] == '*'));

		if (!at[k])
			continue;
		if (pattern[k] == '*')
			next[k] |= any || byte != '/';
		else if (pattern[k] == '?' ? byte != '/' : is_same(pattern[k], byte))
			next[k + 1] = true;
	}
	skip_stars(pattern, next);
}

bool pattern_match(const char *pattern, const char *path, uint32_t len)
{
	bool at[PATTERN_MAX + 1] = {true}, next[PATTERN_MAX + 1];

	skip_stars(pattern, at);
	for (uint32_t i = 0; i < len; i++) {
		step(pattern, at, path[i], next);
		memcpy(at, next, sizeof(at));
	}
	return at[strlen(pattern)];
}
