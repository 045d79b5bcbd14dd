/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pack answers. */
#include <string.h>

#include "golden/format.h"
#include "golden/packinside.h"

/* What is expected so far gives way to a digest of the algorithm that was asked for. */
static bool is_better(const struct pack_answer *out, const struct alg *found,
		      const struct alg *wanted)
{
	return !out->expected || (found == wanted && out->alg != wanted);
}

/*
 * Walks a path's digests. Return: 1 if @digest is one of them; 0 if not, with the first
 * of its algorithm, or the first of all, as expected, unless @out has such a one already;
 * -1 if the row is malformed.
 */
static int match_path(const struct pack *p, const uint8_t *value, uint32_t len,
		      const struct alg *alg, const uint8_t *digest, struct pack_answer *out)
{
	struct packrow row;

	if (!len)
		return -1;
	for (uint32_t size; len; value += size, len -= size) {
		bool good;

		size = packrow_read(p, value, len, &row);
		if (!size)
			return -1;
		good = row.alg == alg && !memcmp(row.digest, digest, alg->size);
		if (good || is_better(out, row.alg, alg)) {
			out->alg = row.alg;
			out->expected = row.digest;
			out->pack = p;
			out->origin = row.origin;
		}
		if (good)
			return 1;
	}
	return 0;
}

uint32_t pack_hash_path(const char *path, uint32_t path_len)
{
	static const uint8_t kind = PACK_KEY_PATH;

	return table_hash(table_hash(TABLE_HASH_START, &kind, sizeof(kind)), path, path_len);
}

uint32_t pack_hash_digest(const struct alg *alg, const uint8_t *digest)
{
	const uint8_t head[] = {PACK_KEY_DIGEST, alg->id};

	return table_hash(table_hash(TABLE_HASH_START, head, sizeof(head)), digest, alg->size);
}

void pack_ask(const struct pack *p, uint32_t hash)
{
	table_ask(&p->table, hash);
}

void pack_ask_record(const struct pack *p, uint32_t hash)
{
	table_ask_record(&p->table, hash);
}

enum pack_class pack_find_path(const struct pack *p, uint32_t hash, const struct alg *alg,
			       const uint8_t *digest, const char *path, uint32_t path_len,
			       struct pack_answer *out)
{
	static const uint8_t kind = PACK_KEY_PATH;
	const struct table_key key = {hash, &kind, sizeof(kind), path, path_len};
	const uint8_t *value;
	uint32_t len;
	int found;

	if (path_len > PACK_PATH_MAX)
		return PACK_UNKNOWN;
	found = table_find(&p->table, &key, &value, &len);
	if (!found)
		return PACK_UNKNOWN;
	if (found > 0)
		found = match_path(p, value, len, alg, digest, out);
	if (found < 0)
		return PACK_ERROR;
	return found ? PACK_GOOD : PACK_OTHER_DIGEST;
}

/* What a digest is out of, at a path of its own. */
static uint32_t origin_at(const struct pack *p, const struct alg *alg, const uint8_t *digest,
			  const char *path, uint32_t path_len)
{
	struct pack_answer a = {0};

	return pack_find_path(p, pack_hash_path(path, path_len), alg, digest, path, path_len, &a) ==
			       PACK_GOOD
		       ? a.origin
		       : 0;
}

enum pack_class pack_find_digest(const struct pack *p, uint32_t hash, const struct alg *alg,
				 const uint8_t *digest, struct pack_answer *out)
{
	const uint8_t head[] = {PACK_KEY_DIGEST, alg->id};
	const struct table_key key = {hash, head, sizeof(head), digest, alg->size};
	const uint8_t *value;
	uint32_t len;
	int found = table_find(&p->table, &key, &value, &len);

	if (found <= 0)
		return found ? PACK_ERROR : PACK_UNKNOWN;
	out->path = (const char *)value;
	out->path_len = len;
	out->known = p;
	out->known_origin = origin_at(p, alg, digest, out->path, len);
	return PACK_ELSEWHERE;
}

enum pack_class pack_lookup(const struct pack *p, const struct alg *alg, const uint8_t *digest,
			    const char *path, uint32_t path_len, struct pack_answer *out)
{
	enum pack_class by_path, by_digest;

	memset(out, 0, sizeof(*out));
	by_path =
		pack_find_path(p, pack_hash_path(path, path_len), alg, digest, path, path_len, out);
	if (by_path == PACK_GOOD || by_path == PACK_ERROR)
		return by_path;
	by_digest = pack_find_digest(p, pack_hash_digest(alg, digest), alg, digest, out);
	return by_digest == PACK_UNKNOWN ? by_path : by_digest;
}
