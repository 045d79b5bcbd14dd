/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/packline.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What stands between a path and what is said of it. */
static const char from_word[] = " from ", until_word[] = " until ";

/* UTC, with or without a time: 2026-12-31, 2026-12-31T18:00. Return: -1 if it is none. */
static int64_t parse_date(const char *text)
{
	static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);

		if (end && !*end)
			return timegm(&tm);
	}
	return -1;
}

int packline_number(const char *text, uint32_t *out)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || number > UINT32_MAX)
		return -1;
	*out = (uint32_t)number;
	return 0;
}

/* Cuts off what stands behind the last @word. Return: it, or NULL. */
static const char *cut(char *text, const char *word)
{
	char *at = NULL;

	for (char *next = text; (next = strstr(next, word)); next++)
		at = next;
	if (!at)
		return NULL;
	*at = '\0';
	return at + strlen(word);
}

const char *packline_parse(struct packline *out, const char *value)
{
	const char *from, *until;

	*out = (struct packline){0};
	if (strlen(value) >= sizeof(out->path))
		return "longer than any path";
	strcpy(out->path, value);
	until = cut(out->path, until_word);
	from = cut(out->path, from_word);
	if (out->path[0] != '/')
		return "not an absolute path";
	if (from && packline_number(from, &out->from))
		return "«from» is followed by the number of a pack, and «until» comes after it";
	if (!until)
		return NULL;
	out->until = parse_date(until);
	if (out->until <= 0)
		return "«until» is followed by a date: YYYY-MM-DD or YYYY-MM-DDTHH:MM, UTC";
	snprintf(out->date, sizeof(out->date), "%s", until);
	return NULL;
}
