/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pack's values, one after the other, and what they are out of. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "attest/bytes.h"
#include "golden/format.h"
#include "golden/packinside.h"

uint32_t packrow_read(const struct pack *p, const uint8_t *value, uint32_t len, struct packrow *out)
{
	const struct pack_value *v = (const struct pack_value *)value;

	out->alg = len >= p->head ? alg_by_id(v->alg) : NULL;
	if (!out->alg || v->size != out->alg->size || len - p->head < v->size)
		return 0;
	out->digest = value + p->head;
	out->origin = p->head == sizeof(*v) ? get_le32(v->origin) : 0;
	return p->head + v->size;
}

/* Takes the algorithms of one path's digests out of those that every path so far has. */
static int keep_algs(const struct pack *p, const uint8_t *value, uint32_t len, uint32_t *algs)
{
	uint32_t here = 0, size;
	struct packrow row;

	for (; len; value += size, len -= size) {
		size = packrow_read(p, value, len, &row);
		if (!size)
			return -1;
		here |= UINT32_C(1) << row.alg->id;
	}
	*algs &= here;
	return 0;
}

uint32_t pack_algs(const struct pack *p)
{
	struct cdb cdb = p->cdb;
	uint32_t algs = UINT32_MAX;
	unsigned int at;
	int found = 0;

	cdb_seqinit(&at, &cdb);
	while (algs && (found = cdb_seqnext(&at, &cdb)) > 0) {
		const uint8_t *key = cdb_getkey(&cdb), *value = cdb_getdata(&cdb);

		if (!key || !value || !cdb_keylen(&cdb))
			return 0;
		if (key[0] == PACK_KEY_PATH && keep_algs(p, value, cdb_datalen(&cdb), &algs))
			return 0;
	}
	return found < 0 ? 0 : algs;
}

/* The digests of one path. Return: as pack_each(). */
static int each_of_path(const struct pack *p, const uint8_t *value, uint32_t len,
			struct pack_entry *e, int (*each)(void *arg, const struct pack_entry *e),
			void *arg)
{
	int status = 0;

	for (uint32_t size; len && !status; value += size, len -= size) {
		struct packrow row;

		size = packrow_read(p, value, len, &row);
		if (!size)
			return -1;
		e->alg = row.alg;
		e->digest = row.digest;
		e->origin = row.origin;
		status = each(arg, e);
	}
	return status;
}

int pack_each(const struct pack *p, int (*each)(void *arg, const struct pack_entry *e), void *arg)
{
	struct cdb cdb = p->cdb;
	unsigned int at;
	int found, status = 0;

	cdb_seqinit(&at, &cdb);
	while (!status && (found = cdb_seqnext(&at, &cdb)) > 0) {
		const uint8_t *key = cdb_getkey(&cdb), *value = cdb_getdata(&cdb);
		uint32_t key_len = cdb_keylen(&cdb), len = cdb_datalen(&cdb);
		struct pack_entry e;

		if (!key || !value || !key_len || !len)
			return -1;
		if (key[0] != PACK_KEY_PATH)
			continue;
		if (key_len > 1 + PACK_PATH_MAX || len > PACK_VALUE_MAX)
			return -1;
		e.path = (const char *)key + 1;
		e.path_len = key_len - 1;
		status = each_of_path(p, value, len, &e, each, arg);
	}
	return found < 0 ? -1 : status;
}

bool pack_origin(const struct pack *p, uint32_t origin, char *out)
{
	static const uint8_t kind = PACK_KEY_ORIGIN;
	const uint32_t number = htole32(origin);
	uint32_t hash = table_hash(TABLE_HASH_START, &kind, sizeof(kind)), len;
	const uint8_t *text;

	*out = '\0';
	hash = table_hash(hash, &number, sizeof(number));
	if (!origin ||
	    table_find(&p->table,
		       &(struct table_key){hash, &kind, sizeof(kind), &number, sizeof(number)},
		       &text, &len) <= 0 ||
	    len >= PACK_ORIGIN_MAX)
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return len > 0;
}

void pack_tell_origin(const struct pack *p, uint32_t origin, char *out)
{
	if (!pack_origin(p, origin, out))
		snprintf(out, PACK_TOLD_MAX, "pack %s, number %u", p->info.name, p->info.serial);
}
