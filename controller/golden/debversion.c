/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/debversion.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* A piece of a version: from @at to @end. */
struct piece {
	const char *at;
	const char *end;
};

/* The three of a version. */
struct version {
	struct piece epoch;
	struct piece upstream;
	struct piece revision;
};

static bool is_digit(const struct piece *p)
{
	return p->at < p->end && isdigit((unsigned char)*p->at);
}

static struct version take_apart(const char *text)
{
	const char *end = text + strlen(text), *colon = strchr(text, ':'), *hyphen;
	struct version v = {.epoch = {text, colon ? colon : text}};

	v.upstream = (struct piece){colon ? colon + 1 : text, end};
	v.revision = (struct piece){end, end};
	hyphen = strrchr(v.upstream.at, '-');
	if (hyphen) {
		v.upstream.end = hyphen;
		v.revision.at = hyphen + 1;
	}
	return v;
}

/* A tilde comes before the end, the end before letters, letters before all else. */
static int weight(const struct piece *p)
{
	if (p->at == p->end || isdigit((unsigned char)*p->at))
		return 0;
	if (*p->at == '~')
		return -1;
	return isalpha((unsigned char)*p->at) ? (unsigned char)*p->at : (unsigned char)*p->at + 256;
}

/* Up to the next digits. */
static int compare_words(struct piece *a, struct piece *b)
{
	int order = 0;

	while (!order && ((a->at < a->end && !is_digit(a)) || (b->at < b->end && !is_digit(b)))) {
		order = weight(a) - weight(b);
		a->at += a->at < a->end && !is_digit(a);
		b->at += b->at < b->end && !is_digit(b);
	}
	return order;
}

/* Of any length: without leading zeros the longer number is the greater one. */
static int compare_numbers(struct piece *a, struct piece *b)
{
	int order = 0;

	while (is_digit(a) && *a->at == '0')
		a->at++;
	while (is_digit(b) && *b->at == '0')
		b->at++;
	while (is_digit(a) && is_digit(b)) {
		if (!order)
			order = *a->at - *b->at;
		a->at++;
		b->at++;
	}
	if (is_digit(a))
		return 1;
	return is_digit(b) ? -1 : order;
}

static int compare_pieces(struct piece a, struct piece b)
{
	int order = 0;

	while (!order && (a.at < a.end || b.at < b.end)) {
		order = compare_words(&a, &b);
		if (!order)
			order = compare_numbers(&a, &b);
	}
	return order;
}

int debversion_compare(const char *a, const char *b)
{
	const struct version x = take_apart(a), y = take_apart(b);
	int order = compare_pieces(x.epoch, y.epoch);

	if (!order)
		order = compare_pieces(x.upstream, y.upstream);
	return order ? order : compare_pieces(x.revision, y.revision);
}
