/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenSSL 3.0 frees a digest's context and makes another whenever EVP_DigestInit_ex2() starts a new
 * digest (crypto/evp/digest.c, evp_md_init_internal), which takes as long as hashing a record does.
 * The same library's SHA1_… and SHA256_…, which it calls deprecated, use a context of the caller.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "attest/replay.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* One algorithm; @md and @ctx are kept from one digest to the next where @hash needs them. */
struct hasher {
	const struct alg *alg;
	/* @out may be within @data: a digest is written when all of it was read. Return: 0 or -1. */
	int (*hash)(struct hasher *h, const void *data, size_t len, uint8_t *out);
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

struct bank {
	struct hasher hasher;
	/* The value of each PCR, and behind it room for the digest it is extended by. */
	uint8_t pcr[IMA_PCR_COUNT][2 * ALG_DIGEST_MAX];
};

struct replay {
	uint64_t records;
	size_t banks;
	struct bank bank[REPLAY_BANKS_MAX];
	/* For the template hash, which is SHA-1 even where no bank is. */
	struct hasher sha1;
};

static int hash_sha1(struct hasher *h, const void *data, size_t len, uint8_t *out)
{
	SHA_CTX ctx;

	(void)h;
	return SHA1_Init(&ctx) == 1 && SHA1_Update(&ctx, data, len) == 1 &&
			       SHA1_Final(out, &ctx) == 1
		       ? 0
		       : -1;
}

static int hash_sha256(struct hasher *h, const void *data, size_t len, uint8_t *out)
{
	SHA256_CTX ctx;

	(void)h;
	return SHA256_Init(&ctx) == 1 && SHA256_Update(&ctx, data, len) == 1 &&
			       SHA256_Final(out, &ctx) == 1
		       ? 0
		       : -1;
}

static int hash_any(struct hasher *h, const void *data, size_t len, uint8_t *out)
{
	if (EVP_DigestInit_ex2(h->ctx, NULL, NULL) != 1 || EVP_DigestUpdate(h->ctx, data, len) != 1)
		return -1;
	return EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 ? 0 : -1;
}

static int hasher_init(struct hasher *h, const struct alg *alg)
{
	h->alg = alg;
	if (!strcmp(alg->name, "sha1")) {
		h->hash = hash_sha1;
		return 0;
	}
	if (!strcmp(alg->name, "sha256")) {
		h->hash = hash_sha256;
		return 0;
	}
	h->hash = hash_any;
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

/* What is hashed of «ima»: its data with the length left out, and padding. */
static void pad_bare(const struct ima_record *rec, uint8_t padded[REPLAY_BARE_SIZE])
{
	const size_t name = IMA_TEMPLATE_HASH_SIZE + sizeof(uint32_t);

	memset(padded, 0, REPLAY_BARE_SIZE);
	memcpy(padded, rec->data, IMA_TEMPLATE_HASH_SIZE);
	memcpy(padded + IMA_TEMPLATE_HASH_SIZE, rec->data + name, rec->data_len - name);
}

/* new PCR = H(old PCR || digest) (TCG TPM 2.0 Library Part 1, «PCR Operations», Extend) */
static int extend_bank(struct bank *b, const struct ima_record *rec, const struct replay_step *step,
		       const struct alg *sha1)
{
	struct hasher *h = &b->hasher;
	uint8_t *pcr = b->pcr[rec->pcr], *digest = pcr + h->alg->size;

	if (rec->violation)
		memset(digest, 0xff, h->alg->size);
	else if (h->alg == sha1) /* hashed already, for the template hash */
		memcpy(digest, step->sha1, IMA_TEMPLATE_HASH_SIZE);
	else if (h->hash(h, step->data, step->len, digest))
		return -1;
	return h->hash(h, pcr, 2 * (size_t)h->alg->size, pcr);
}

/* All banks from @from to before @to. */
static int extend(struct replay *r, const struct ima_record *rec, const struct replay_step *step,
		  size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (extend_bank(&r->bank[i], rec, step, r->sha1.alg))
			return -1;
	return 0;
}

int replay_begin(struct replay *r, const struct ima_record *rec, struct replay_step *step)
{
	step->data = rec->bare ? step->padded : rec->data;
	step->len = rec->bare ? REPLAY_BARE_SIZE : rec->data_len;
	if (rec->bare)
		pad_bare(rec, step->padded);
	/* A violation has no template hash to compare with. */
	if (!rec->violation && r->sha1.hash(&r->sha1, step->data, step->len, step->sha1))
		return -1;
	return extend(r, rec, step, 0, r->banks / 2);
}

enum replay_status replay_finish(struct replay *r, const struct ima_record *rec,
				 const struct replay_step *step)
{
	if (extend(r, rec, step, r->banks / 2, r->banks))
		return REPLAY_ERROR;
	r->records++;
	if (rec->violation)
		return REPLAY_VIOLATION;
	return memcmp(step->sha1, rec->hash, IMA_TEMPLATE_HASH_SIZE) ? REPLAY_MISMATCH : REPLAY_OK;
}

enum replay_status replay_extend(struct replay *r, const struct ima_record *rec)
{
	struct replay_step step;

	return replay_begin(r, rec, &step) ? REPLAY_ERROR : replay_finish(r, rec, &step);
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
