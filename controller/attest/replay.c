/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/replay.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that the «ima» template's name is padded to when hashed (kernel: ima_crypto.c). */
#define BARE_NAME_PADDED 256
#define BARE_DATA_PADDED (IMA_TEMPLATE_HASH_SIZE + BARE_NAME_PADDED)

/* One algorithm, fetched once; a context keeps it from one digest to the next. */
struct hasher {
	const struct alg *alg;
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

struct bank {
	struct hasher hasher;
	/* The value of each PCR, and behind it room for the digest it is extended by. */
	uint8_t pcr[IMA_PCR_COUNT][2 * ALG_DIGEST_MAX];
};

/* The digest that the record itself carries, as it should be. */
struct template_hash {
	const struct alg *alg;
	uint8_t digest[ALG_DIGEST_MAX];
};

struct replay {
	uint64_t records;
	size_t banks;
	struct bank bank[REPLAY_BANKS_MAX];
	/* For the template hash, which is SHA-1 even where no bank is. */
	struct hasher sha1;
};

static int hasher_init(struct hasher *h, const struct alg *alg)
{
	h->alg = alg;
	h->md = EVP_MD_fetch(NULL, alg->openssl, NULL);
	h->ctx = EVP_MD_CTX_new();
	if (!h->md || !h->ctx || EVP_MD_get_size(h->md) != alg->size)
		return -1;
	return EVP_DigestInit_ex2(h->ctx, h->md, NULL) == 1 ? 0 : -1;
}

static void hasher_destroy(struct hasher *h)
{
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
}

/* @out may be within @data: a digest is written when all of it was read. */
static int hash(struct hasher *h, const void *data, size_t len, uint8_t *out)
{
	if (EVP_DigestInit_ex2(h->ctx, NULL, NULL) != 1 || EVP_DigestUpdate(h->ctx, data, len) != 1)
		return -1;
	return EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 ? 0 : -1;
}

static int add_bank(struct replay *r, const char *name, size_t len)
{
	const struct alg *alg = alg_by_name(name, len);

	if (!alg || r->banks == REPLAY_BANKS_MAX)
		return -1;
	for (size_t i = 0; i < r->banks; i++)
		if (r->bank[i].hasher.alg == alg)
			return -1;
	return hasher_init(&r->bank[r->banks++].hasher, alg);
}

struct replay *replay_new(const char *banks)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	if (hasher_init(&r->sha1, alg_by_name("sha1", 4)))
		goto fail;
	for (;;) {
		size_t len = strcspn(banks, ",");

		if (add_bank(r, banks, len))
			goto fail;
		if (!banks[len])
			return r;
		banks += len + 1;
	}
fail:
	replay_free(r);
	return NULL;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->banks; i++)
		hasher_destroy(&r->bank[i].hasher);
	hasher_destroy(&r->sha1);
	free(r);
}

void replay_reset(struct replay *r)
{
	r->records = 0;
	for (size_t i = 0; i < r->banks; i++)
		memset(r->bank[i].pcr, 0, sizeof(r->bank[i].pcr));
}

/* What is hashed of a record: its data, or «ima»'s with the length left out and padding. */
static const uint8_t *hashed_data(const struct ima_record *rec, uint8_t *padded, size_t *len)
{
	const size_t name = IMA_TEMPLATE_HASH_SIZE + sizeof(uint32_t);

	*len = rec->data_len;
	if (!rec->bare)
		return rec->data;
	memset(padded, 0, BARE_DATA_PADDED);
	memcpy(padded, rec->data, IMA_TEMPLATE_HASH_SIZE);
	memcpy(padded + IMA_TEMPLATE_HASH_SIZE, rec->data + name, rec->data_len - name);
	*len = BARE_DATA_PADDED;
	return padded;
}

/* new PCR = H(old PCR || digest) (TCG TPM 2.0 Library Part 1, «PCR Operations», Extend) */
static int extend_bank(struct bank *b, const struct ima_record *rec, const uint8_t *data,
		       size_t len, const struct template_hash *sha1)
{
	struct hasher *h = &b->hasher;
	uint8_t *pcr = b->pcr[rec->pcr], *digest = pcr + h->alg->size;

	if (rec->violation)
		memset(digest, 0xff, h->alg->size);
	else if (h->alg == sha1->alg) /* hashed already, for the template hash */
		memcpy(digest, sha1->digest, h->alg->size);
	else if (hash(h, data, len, digest))
		return -1;
	return hash(h, pcr, 2 * (size_t)h->alg->size, pcr);
}

enum replay_status replay_extend(struct replay *r, const struct ima_record *rec)
{
	struct template_hash sha1 = {.alg = r->sha1.alg};
	uint8_t padded[BARE_DATA_PADDED];
	const uint8_t *data;
	size_t len;

	data = hashed_data(rec, padded, &len);
	if (!rec->violation && hash(&r->sha1, data, len, sha1.digest))
		return REPLAY_ERROR;
	for (size_t i = 0; i < r->banks; i++)
		if (extend_bank(&r->bank[i], rec, data, len, &sha1))
			return REPLAY_ERROR;
	r->records++;
	if (rec->violation)
		return REPLAY_VIOLATION;
	return memcmp(sha1.digest, rec->hash, IMA_TEMPLATE_HASH_SIZE) ? REPLAY_MISMATCH : REPLAY_OK;
}

uint64_t replay_records(const struct replay *r)
{
	return r->records;
}

size_t replay_banks(const struct replay *r)
{
	return r->banks;
}

const struct alg *replay_bank(const struct replay *r, size_t i)
{
	return i < r->banks ? r->bank[i].hasher.alg : NULL;
}

const uint8_t *replay_pcr(const struct replay *r, size_t i, uint32_t pcr)
{
	return i < r->banks && pcr < IMA_PCR_COUNT ? r->bank[i].pcr[pcr] : NULL;
}
