/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests of what builders read, by one algorithm. */
#ifndef LAZARET_HASHER_H
#define LAZARET_HASHER_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/alg.h"

/**
 * struct hasher - for one file after the other
 * @alg:	what it computes
 * @type, @ctx:	OpenSSL's; owned
 */
struct hasher {
	const struct alg *alg;
	EVP_MD *type;
	EVP_MD_CTX *ctx;
};

/* What to say when one of these fails. */
extern const char hasher_failed[];

/** hasher_default() - of a builder that was told none: what IMA measures with, SHA-256 */
const struct alg *hasher_default(void);

/**
 * hasher_open() - before the first file
 * @h:		to be closed with hasher_close() whatever is returned
 * @alg:	NULL: hasher_default()
 *
 * Return: 0; -1 if OpenSSL does not have the algorithm, or no memory.
 */
int hasher_open(struct hasher *h, const struct alg *alg);

/** hasher_start(), hasher_add() - a file, and bytes of it. Return: 0, or -1: OpenSSL failed. */
int hasher_start(struct hasher *h);
int hasher_add(struct hasher *h, const void *data, size_t len);

/**
 * hasher_end() - the file was read
 * @digest:	h->alg->size bytes are written
 *
 * Return: 0, or -1: OpenSSL failed.
 */
int hasher_end(struct hasher *h, uint8_t *digest);

/** hasher_close() */
void hasher_close(struct hasher *h);

#endif
