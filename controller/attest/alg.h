/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash algorithms that IMA names in a log and that a TPM has banks of. */
#ifndef LAZARET_ALG_H
#define LAZARET_ALG_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest digest of the table (SHA-512). */
#define ALG_DIGEST_MAX 64

/* Bytes of the longest name that is looked up. */
#define ALG_NAME_MAX 16

/**
 * struct alg - one hash algorithm
 * @name:	as IMA writes it (kernel: crypto/hash_info.c, hash_algo_name)
 * @openssl:	as EVP_MD_fetch() knows it
 * @tpm:	TPM_ALG_ID (TCG Algorithm Registry, table «TPM_ALG_ID Constants»), 0: none
 * @id:		number of the algorithm in a golden pack; never changes, never 0
 * @size:	bytes of a digest, at most ALG_DIGEST_MAX
 */
struct alg {
	const char *name;
	const char *openssl;
	uint16_t tpm;
	uint8_t id;
	uint8_t size;
};

/**
 * alg_by_name() - look up an algorithm
 * @name:	not NUL-terminated
 * @len:	bytes of @name; any value is safe
 *
 * Return: an entry of the static table, or NULL if there is none of that name.
 */
const struct alg *alg_by_name(const char *name, size_t len);

/**
 * alg_by_id() - look up an algorithm by its number in a golden pack
 *
 * Return: an entry of the static table, or NULL.
 */
const struct alg *alg_by_id(uint8_t id);

/**
 * alg_by_kernel() - look up an algorithm by its number in an extended attribute
 *
 * Kernel: include/uapi/linux/hash_info.h, enum hash_algo.
 *
 * Return: an entry of the static table, or NULL.
 */
const struct alg *alg_by_kernel(uint8_t number);

#endif
