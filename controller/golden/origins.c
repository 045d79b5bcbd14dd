/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/origins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attest/bytes.h"
#include "golden/debversion.h"
#include "golden/format.h"

static size_t name_length(const char *origin)
{
	return strcspn(origin, " ");
}

/* Versions of different packages have no order: there it is that of their names. */
int origins_order(const char *a, const char *b)
{
	size_t len_a, len_b;
	int order;

	if (a == b)
		return 0;
	if (!a || !b)
		return a ? -1 : 1;
	len_a = name_length(a);
	len_b = name_length(b);
	if (len_a != len_b || memcmp(a, b, len_a) != 0)
		return strcmp(a, b);
	order = debversion_compare(b + len_b, a + len_a);
	return order ? order : strcmp(a, b); /* «1.0» and «1.00» are one to dpkg */
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check(const char *text)
{
	size_t len = strlen(text);

	if (len && len < PACK_ORIGIN_MAX)
		return 0;
	errno = EINVAL;
	return -1;
}

int origins_collect(struct origins *o, const struct golden *golden, size_t n)
{
	size_t kept = 0;

	*o = (struct origins){.text = calloc(n + 1, sizeof(*o->text))};
	if (!o->text)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *text = golden[i].origin;

		if (!text || (o->n && o->text[o->n - 1] == text))
			continue;
		if (check(text))
			return -1;
		o->text[o->n++] = text;
	}
	qsort(o->text, o->n, sizeof(*o->text), by_text);
	for (size_t i = 0; i < o->n; i++)
		if (!kept || strcmp(o->text[kept - 1], o->text[i]) != 0)
			o->text[kept++] = o->text[i];
	o->n = kept;
	return 0;
}

uint32_t origins_number(struct origins *o, const char *text)
{
	const char **found;

	if (!text)
		return 0;
	/* Neighbours are often of one package. */
	if (o->last && !strcmp(o->text[o->last - 1], text))
		return (uint32_t)o->last;
	found = bsearch(&text, o->text, o->n, sizeof(*o->text), by_text);
	o->last = found ? (size_t)(found - o->text) + 1 : 0;
	return (uint32_t)o->last;
}

int origins_write(const struct origins *o, struct cdb_make *cdb)
{
	uint8_t key[PACK_ORIGIN_KEY] = {PACK_KEY_ORIGIN};

	for (size_t i = 0; i < o->n; i++) {
		put_le32(key + 1, (uint32_t)i + 1);
		if (cdb_make_add(cdb, key, sizeof(key), o->text[i],
				 (unsigned int)strlen(o->text[i])))
			return -1;
	}
	return 0;
}

void origins_free(struct origins *o)
{
	free(o->text);
	*o = (struct origins){0};
}
