// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/hash.h>
#include <crypto/hash_info.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bank.h"

struct lz_banks {
	unsigned int count;
	struct {
		struct crypto_shash *tfm; /* NULL: the kernel does not have it */
		u16 size;
	} bank[TPM2_MAX_PCR_BANKS];
	struct crypto_shash *sha1;
	struct tpm_digest digests[TPM2_MAX_PCR_BANKS];
	u8 padded[LZ_BARE_HASHED];
};

static struct crypto_shash *alloc_hash(u16 crypto_id)
{
	struct crypto_shash *tfm;

	if (crypto_id >= HASH_ALGO__LAST)
		return NULL;
	tfm = crypto_alloc_shash(hash_algo_name[crypto_id], 0, 0);
	return IS_ERR(tfm) ? NULL : tfm;
}

/* The first bank is the one that we recompute: its hash must be there. */
struct lz_banks *lz_banks_new(const struct tpm_chip *chip)
{
	struct lz_banks *banks;
	unsigned int i;

	if (!chip->nr_allocated_banks || chip->nr_allocated_banks > TPM2_MAX_PCR_BANKS)
		return ERR_PTR(-ENODEV);
	banks = kzalloc(sizeof(*banks), GFP_KERNEL);
	if (!banks)
		return ERR_PTR(-ENOMEM);
	banks->count = chip->nr_allocated_banks;
	banks->sha1 = alloc_hash(HASH_ALGO_SHA1);
	for (i = 0; i < banks->count; i++) {
		banks->bank[i].tfm = alloc_hash(chip->allocated_banks[i].crypto_id);
		banks->bank[i].size = chip->allocated_banks[i].digest_size;
		banks->digests[i].alg_id = chip->allocated_banks[i].alg_id;
	}
	if (banks->sha1 && banks->bank[0].tfm)
		return banks;
	lz_banks_free(banks);
	return ERR_PTR(-ENOENT);
}

void lz_banks_free(struct lz_banks *banks)
{
	unsigned int i;

	for (i = 0; i < banks->count; i++)
		crypto_free_shash(banks->bank[i].tfm);
	crypto_free_shash(banks->sha1);
	kfree(banks);
}

static int hash(struct crypto_shash *tfm, const u8 *data, size_t len, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, tfm);
	int err;

	desc->tfm = tfm;
	err = crypto_shash_digest(desc, data, len, out);
	shash_desc_zero(desc);
	return err;
}

static int digest_one(struct lz_banks *banks, unsigned int i, const u8 *data, size_t len)
{
	struct tpm_digest *digest = &banks->digests[i];
	struct crypto_shash *tfm = banks->bank[i].tfm ?: banks->sha1;

	memset(digest->digest, 0, sizeof(digest->digest));
	return hash(tfm, data, len, digest->digest);
}

struct tpm_digest *lz_banks_digest(struct lz_banks *banks, const struct lz_fields *record)
{
	bool violation = !memchr_inv(record->sha1, 0, LZ_SHA1_SIZE);
	const u8 *data;
	unsigned int i;
	size_t len;
	int err = 0;

	data = lz_record_hashed(record, banks->padded, &len);
	if (!data)
		return ERR_PTR(-EINVAL);
	for (i = 0; i < banks->count && !err; i++) {
		if (violation)
			memset(banks->digests[i].digest, 0xff, banks->bank[i].size);
		else
			err = digest_one(banks, i, data, len);
	}
	return err ? ERR_PTR(err) : banks->digests;
}

int lz_banks_extend(struct lz_banks *banks, u8 *pcr, const struct tpm_digest *digest)
{
	u8 both[2 * LZ_DIGEST_MAX];
	size_t size = lz_banks_size(banks);

	memcpy(both, pcr, size);
	memcpy(both + size, digest->digest, size);
	return hash(banks->bank[0].tfm, both, 2 * size, pcr);
}

size_t lz_banks_size(const struct lz_banks *banks)
{
	return banks->bank[0].size;
}

unsigned int lz_banks_count(const struct lz_banks *banks)
{
	return banks->count;
}
