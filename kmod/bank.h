/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a record is to be extended with, in each bank of the TPM, and what the
 * PCRs of the first bank must be then.
 */
#ifndef LZ_BANK_H
#define LZ_BANK_H

#include <linux/tpm.h>
#include <linux/types.h>

#include "record.h"

/* Bytes of a PCR, at most: SHA-512's. */
#define LZ_DIGEST_MAX sizeof_field(struct tpm_digest, digest)

struct lz_banks;

/**
 * lz_banks_new() - get ready for the banks of a chip
 *
 * All that is ever allocated is allocated here: hashing must work where
 * nothing may be loaded or waited for.
 *
 * Return: to be freed with lz_banks_free(), or an ERR_PTR().
 */
struct lz_banks *lz_banks_new(const struct tpm_chip *chip);

/**
 * lz_banks_free() - free it
 */
void lz_banks_free(struct lz_banks *banks);

/**
 * lz_banks_digest() - the digests of a record, in the chip's order of banks
 *
 * As IMA does it with a TPM of its own (ima_crypto.c, ima_queue.c): a
 * violation is all ones; a bank whose algorithm the kernel does not have gets
 * SHA-1, padded with zeros.
 *
 * Return: the digests, owned by @banks, for tpm_pcr_extend(); an ERR_PTR().
 */
struct tpm_digest *lz_banks_digest(struct lz_banks *banks, const struct lz_fields *record);

/**
 * lz_banks_extend() - what becomes of a PCR of the first bank
 * @pcr:	value before, overwritten with the value after
 * @digest:	first digest of lz_banks_digest()
 *
 * Return: 0 or a negative errno.
 */
int lz_banks_extend(struct lz_banks *banks, u8 *pcr, const struct tpm_digest *digest);

/**
 * lz_banks_size() - bytes of a PCR of the first bank
 */
size_t lz_banks_size(const struct lz_banks *banks);

/**
 * lz_banks_count() - number of banks
 */
unsigned int lz_banks_count(const struct lz_banks *banks);

#endif /* LZ_BANK_H */
