// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tool/when.h"

#define LONGEST 35 /* bytes of a time with any fraction that we show */

/* The end of the whole seconds, or NULL. */
static const char *scan(const char *text, struct tm *tm)
{
	const char *end;

	memset(tm, 0, sizeof(*tm));
	if (!text || strlen(text) > LONGEST)
		return NULL;
	end = strptime(text, "%Y-%m-%dT%H:%M:%S", tm);
	if (!end)
		return NULL;
	for (const char *c = end; *c; c++)
		if (!isdigit((unsigned char)*c) && *c != '.' && !(*c == 'Z' && !c[1]))
			return NULL;
	return end;
}

bool when_parse(const char *text, time_t *seconds)
{
	struct tm tm;

	if (!scan(text, &tm))
		return false;
	*seconds = timegm(&tm);
	return true;
}

const char *when_age(char out[WHEN_SIZE], const char *text, time_t now)
{
	time_t then;
	long long age;

	if (!when_parse(text, &then)) {
		strcpy(out, "-");
		return out;
	}
	age = now > then ? now - then : 0; /* clocks of one machine, but clocks are set */
	if (age < 120)
		snprintf(out, WHEN_SIZE, "%lld s", age);
	else if (age < 2 * 3600)
		snprintf(out, WHEN_SIZE, "%lld min", age / 60);
	else if (age < 2 * 86400)
		snprintf(out, WHEN_SIZE, "%lld h", age / 3600);
	else
		snprintf(out, WHEN_SIZE, "%lld d", age / 86400);
	return out;
}

const char *when_full(char out[WHEN_SIZE], const char *text)
{
	struct tm tm;
	const char *rest = scan(text, &tm);
	size_t used;

	if (!rest) {
		strcpy(out, "-");
		return out;
	}
	used = strftime(out, WHEN_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(out + used, WHEN_SIZE - used, "%.*s", (int)strcspn(rest, "Z"), rest);
	return out;
}
