/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a VM's log is compared with: golden packs in order, retired ones, a deny list, exclusions. */
#ifndef LAZARET_SHELF_H
#define LAZARET_SHELF_H

#include <stdint.h>

#include "attest/signers.h"
#include "golden/pack.h"

/* Packs of each kind, and patterns, at most. */
#define SHELF_PACKS_MAX	   32
#define SHELF_EXCLUDES_MAX 256

enum shelf_kind {
	SHELF_GOLDEN = 0, /* what may be there */
	SHELF_RETIRED, /* what once was golden: known, but no longer good */
	SHELF_DENIED, /* what must not be there, whatever else knows it */
	SHELF_KINDS,
};

/**
 * struct shelf - packs and patterns
 * @pack:	@packs of each kind, in the order in which they are asked; owned
 * @until:	when a golden pack becomes a retired one, seconds since 1970; 0: never
 * @denied_algs: algorithms that every path in every denied pack has a digest of, see pack_algs()
 * @signers:	whose signatures are as good; owned; NULL: nobody's
 * @ima_policy:	measurement policy that the guest must have loaded; owned; NULL: any
 * @exclude:	@excludes patterns of paths that need not be golden; owned
 */
struct shelf {
	struct pack *pack[SHELF_KINDS][SHELF_PACKS_MAX];
	size_t packs[SHELF_KINDS];
	int64_t until[SHELF_PACKS_MAX];
	uint32_t denied_algs;
	char *exclude[SHELF_EXCLUDES_MAX];
	size_t excludes;
	struct signers *signers;
	char *ima_policy;
};

enum shelf_class {
	SHELF_UNKNOWN = 0, /* nobody knows the digest or the path */
	SHELF_GOOD, /* this digest at this path */
	SHELF_ELSEWHERE, /* the digest is golden, but at other paths */
	SHELF_OTHER_DIGEST, /* the path is golden with other digests, and the digest is nowhere */
	SHELF_OUTDATED, /* it once was golden */
	SHELF_DENIED_DIGEST, /* the digest is on the deny list */
	SHELF_UNDECIDED, /* the deny list has no digests of this algorithm: it can't be asked */
	SHELF_EXCLUDED, /* the path is excluded */
	SHELF_ERROR, /* a pack is inconsistent in itself: no answer */
};

/** shelf_add() - Return: 0; -1 if there is no room; @pack is owned by the shelf only then */
int shelf_add(struct shelf *s, enum shelf_kind kind, struct pack *pack, int64_t until);

/**
 * struct shelf_query - what is looked up
 * @path_hash, @digest_hash: set by shelf_ask(), the second only if there are denied packs
 */
struct shelf_query {
	const struct alg *alg;
	const uint8_t *digest;
	const char *path;
	uint32_t path_len;
	uint32_t path_hash;
	uint32_t digest_hash;
};

/**
 * shelf_ask() - prepare a look-up, ask memory for what it will read first
 * @q:		@alg, @digest, @path and @path_len are set: pack_lookup()'s parameters
 */
void shelf_ask(const struct shelf *s, struct shelf_query *q);

/** shelf_ask_record() - the next step; other work before and after it lets memory answer */
void shelf_ask_record(const struct shelf *s, const struct shelf_query *q);

/**
 * shelf_answer() - may this file have this digest?
 * @q:		shelf_ask() has been called
 * @out:	always written
 *
 * In this order: denied, undecided, golden at this path, golden elsewhere, outdated, excluded, other
 * digest, unknown. A golden pack in which this content is at this path outdoes all others; else
 * the first that knows the content says where, and what is expected is of the algorithm that was
 * asked for if any pack has it. Of content that is outdated, or unknown here and in a retired pack at
 * another path, @out tells which pack knows it.
 *
 * Return: enum shelf_class.
 */
enum shelf_class shelf_answer(const struct shelf *s, const struct shelf_query *q,
			      struct pack_answer *out);

/** shelf_lookup() - all three, for those in no hurry */
enum shelf_class shelf_lookup(const struct shelf *s, const struct alg *alg, const uint8_t *digest,
			      const char *path, uint32_t path_len, struct pack_answer *out);

/** shelf_denies_nothing() - Return: whether there is no denied pack */
static inline bool shelf_denies_nothing(const struct shelf *s)
{
	return s->packs[SHELF_DENIED] == 0;
}

/**
 * shelf_retire() - move golden packs whose time is over to the retired ones
 * @now:	seconds since 1970
 *
 * Return: when that is to be looked at again, seconds since 1970; 0: never.
 */
int64_t shelf_retire(struct shelf *s, int64_t now);

/** shelf_clear() - frees what @s owns */
void shelf_clear(struct shelf *s);

#endif
