/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "golden/pattern.h"

int shelf_add(struct shelf *s, enum shelf_kind kind, struct pack *pack, int64_t until)
{
	size_t n = s->packs[kind];

	if (n == SHELF_PACKS_MAX)
		return -1;
	s->pack[kind][n] = pack;
	if (kind == SHELF_GOLDEN)
		s->until[n] = until;
	if (kind == SHELF_DENIED)
		s->denied_algs = (n ? s->denied_algs : UINT32_MAX) & pack_algs(pack);
	s->packs[kind]++;
	return 0;
}

void shelf_ask(const struct shelf *s, struct shelf_query *q)
{
	q->path_hash = pack_hash_path(q->path, q->path_len);
	for (size_t i = 0; i < s->packs[SHELF_GOLDEN]; i++)
		pack_ask(s->pack[SHELF_GOLDEN][i], q->path_hash);
	if (shelf_denies_nothing(s))
		return;
	q->digest_hash = pack_hash_digest(q->alg, q->digest);
	for (size_t i = 0; i < s->packs[SHELF_DENIED]; i++)
		pack_ask(s->pack[SHELF_DENIED][i], q->digest_hash);
}

/* A denied pack rarely has the digest, and then there is no record to be asked for. */
void shelf_ask_record(const struct shelf *s, const struct shelf_query *q)
{
	for (size_t i = 0; i < s->packs[SHELF_GOLDEN]; i++)
		pack_ask_record(s->pack[SHELF_GOLDEN][i], q->path_hash);
}

/* Denied is content, wherever it is: paths are not asked. */
static enum shelf_class look_denied(const struct shelf *s, const struct shelf_query *q,
				    struct pack_answer *out)
{
	for (size_t i = 0; i < s->packs[SHELF_DENIED]; i++)
		switch (pack_find_digest(s->pack[SHELF_DENIED][i], q->digest_hash, q->alg,
					 q->digest, out)) {
		case PACK_ELSEWHERE:
			return SHELF_DENIED_DIGEST;
		case PACK_ERROR:
			return SHELF_ERROR;
		default:
			break;
		}
	if (shelf_denies_nothing(s) || s->denied_algs >> q->alg->id & 1)
		return SHELF_UNKNOWN;
	return SHELF_UNDECIDED;
}

/* Whether a pack has this content at this path, which is so for nearly all that is ever asked. */
static enum shelf_class look_paths(const struct shelf *s, enum shelf_kind kind,
				   const struct shelf_query *q, struct pack_answer *out)
{
	for (size_t i = 0; i < s->packs[kind]; i++)
		switch (pack_find_path(s->pack[kind][i], q->path_hash, q->alg, q->digest, q->path,
				       q->path_len, out)) {
		case PACK_GOOD:
			return SHELF_GOOD;
		case PACK_ERROR:
			return SHELF_ERROR;
		default:
			break;
		}
	return out->expected ? SHELF_OTHER_DIGEST : SHELF_UNKNOWN;
}

/* Only where no pack has it at its path: whether one has it elsewhere. */
static enum shelf_class look_digests(const struct shelf *s, enum shelf_kind kind,
				     const struct shelf_query *q, struct pack_answer *out)
{
	uint32_t hash = pack_hash_digest(q->alg, q->digest);

	for (size_t i = 0; i < s->packs[kind]; i++)
		switch (pack_find_digest(s->pack[kind][i], hash, q->alg, q->digest, out)) {
		case PACK_ELSEWHERE:
			return SHELF_ELSEWHERE;
		case PACK_ERROR:
			return SHELF_ERROR;
		default:
			break;
		}
	return SHELF_UNKNOWN;
}

/* What is golden at the path now stays what is expected. */
static bool is_retired(const struct shelf *s, const struct shelf_query *q, struct pack_answer *out)
{
	struct pack_answer old = {0};

	if (look_paths(s, SHELF_RETIRED, q, &old) != SHELF_GOOD)
		return false;
	out->known = old.pack;
	out->known_origin = old.origin;
	return true;
}

static bool is_excluded(const struct shelf *s, const char *path, uint32_t path_len)
{
	for (size_t i = 0; i < s->excludes; i++)
		if (pattern_match(s->exclude[i], path, path_len))
			return true;
	return false;
}

enum shelf_class shelf_answer(const struct shelf *s, const struct shelf_query *q,
			      struct pack_answer *out)
{
	enum shelf_class class, elsewhere;

	memset(out, 0, sizeof(*out));
	class = look_denied(s, q, out);
	if (class != SHELF_UNKNOWN)
		return class;
	class = look_paths(s, SHELF_GOLDEN, q, out);
	if (class == SHELF_GOOD || class == SHELF_ERROR)
		return class;
	elsewhere = look_digests(s, SHELF_GOLDEN, q, out);
	if (elsewhere != SHELF_UNKNOWN)
		return elsewhere;
	if (is_retired(s, q, out))
		return SHELF_OUTDATED;
	/* An old version of another place is as unknown here as anything; but it can be named. */
	if (look_digests(s, SHELF_RETIRED, q, out) == SHELF_ERROR)
		return SHELF_ERROR;
	return is_excluded(s, q->path, q->path_len) ? SHELF_EXCLUDED : class;
}

enum shelf_class shelf_lookup(const struct shelf *s, const struct alg *alg, const uint8_t *digest,
			      const char *path, uint32_t path_len, struct pack_answer *out)
{
	struct shelf_query q = {.alg = alg, .digest = digest, .path = path, .path_len = path_len};

	shelf_ask(s, &q);
	return shelf_answer(s, &q, out);
}

static void retire(struct shelf *s, size_t i)
{
	struct pack *pack = s->pack[SHELF_GOLDEN][i];
	size_t behind = s->packs[SHELF_GOLDEN] - i - 1;

	memmove(&s->pack[SHELF_GOLDEN][i], &s->pack[SHELF_GOLDEN][i + 1],
		behind * sizeof(s->pack[0][0]));
	memmove(&s->until[i], &s->until[i + 1], behind * sizeof(s->until[0]));
	s->packs[SHELF_GOLDEN]--;
	if (shelf_add(s, SHELF_RETIRED, pack, 0))
		pack_close(pack); /* then its files are merely unknown */
}

int64_t shelf_retire(struct shelf *s, int64_t now)
{
	int64_t next = 0;

	for (size_t i = 0; i < s->packs[SHELF_GOLDEN];) {
		int64_t until = s->until[i];

		if (until && until <= now) {
			retire(s, i);
			continue;
		}
		if (until && (!next || until < next))
			next = until;
		i++;
	}
	return next;
}

void shelf_clear(struct shelf *s)
{
	for (int kind = 0; kind < SHELF_KINDS; kind++)
		for (size_t i = 0; i < s->packs[kind]; i++)
			pack_close(s->pack[kind][i]);
	for (size_t i = 0; i < s->excludes; i++)
		free(s->exclude[i]);
	signers_free(s->signers);
	free(s->ima_policy);
	memset(s, 0, sizeof(*s));
}
