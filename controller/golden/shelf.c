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
	s->packs[kind]++;
	return 0;
}

static enum shelf_class look_denied(const struct shelf *s, const struct alg *alg,
				    const uint8_t *digest, const char *path, uint32_t path_len,
				    struct pack_answer *out)
{
	for (size_t i = 0; i < s->packs[SHELF_DENIED]; i++)
		switch (pack_lookup(s->pack[SHELF_DENIED][i], alg, digest, path, path_len, out)) {
		case PACK_GOOD:
		case PACK_ELSEWHERE:
			out->expected = NULL; /* which is what it must not be */
			return SHELF_DENIED_DIGEST;
		case PACK_ERROR:
			return SHELF_ERROR;
		default:
			break;
		}
	return SHELF_UNKNOWN;
}

/* Keeps what the first pack that had something to say said. */
static void merge(struct pack_answer *out, const struct pack_answer *one)
{
	if (!out->path) {
		out->path = one->path;
		out->path_len = one->path_len;
	}
	if (!out->expected) {
		out->alg = one->alg;
		out->expected = one->expected;
	}
}

static enum shelf_class look_golden(const struct shelf *s, const struct alg *alg,
				    const uint8_t *digest, const char *path, uint32_t path_len,
				    struct pack_answer *out)
{
	struct pack_answer one;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < s->packs[SHELF_GOLDEN]; i++) {
		switch (pack_lookup(s->pack[SHELF_GOLDEN][i], alg, digest, path, path_len, &one)) {
		case PACK_GOOD:
			*out = one;
			return SHELF_GOOD;
		case PACK_ERROR:
			return SHELF_ERROR;
		default:
			merge(out, &one);
		}
	}
	if (out->path)
		return SHELF_ELSEWHERE;
	return out->expected ? SHELF_OTHER_DIGEST : SHELF_UNKNOWN;
}

static bool is_retired(const struct shelf *s, const struct alg *alg, const uint8_t *digest,
		       const char *path, uint32_t path_len)
{
	struct pack_answer one;

	for (size_t i = 0; i < s->packs[SHELF_RETIRED]; i++)
		if (pack_lookup(s->pack[SHELF_RETIRED][i], alg, digest, path, path_len, &one) ==
		    PACK_GOOD)
			return true;
	return false;
}

static bool is_excluded(const struct shelf *s, const char *path, uint32_t path_len)
{
	for (size_t i = 0; i < s->excludes; i++)
		if (pattern_match(s->exclude[i], path, path_len))
			return true;
	return false;
}

enum shelf_class shelf_lookup(const struct shelf *s, const struct alg *alg, const uint8_t *digest,
			      const char *path, uint32_t path_len, struct pack_answer *out)
{
	enum shelf_class class = look_denied(s, alg, digest, path, path_len, out);

	if (class != SHELF_UNKNOWN)
		return class;
	class = look_golden(s, alg, digest, path, path_len, out);
	if (class != SHELF_UNKNOWN && class != SHELF_OTHER_DIGEST)
		return class;
	if (is_retired(s, alg, digest, path, path_len))
		return SHELF_OUTDATED;
	return is_excluded(s, path, path_len) ? SHELF_EXCLUDED : class;
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
	memset(s, 0, sizeof(*s));
}
