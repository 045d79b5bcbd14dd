/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a golden pack; policy/golden/FORMAT.md says the same in words. */
#ifndef LAZARET_FORMAT_H
#define LAZARET_FORMAT_H

#include <stdint.h>

#include "attest/alg.h"
#include "golden/pack.h"
#include "golden/sign.h"

#define PACK_MAGIC   "LZGOLDEN"
#define PACK_VERSION 3

/* Its predecessor, whose values have no origins; it is read as well. */
#define PACK_VERSION_PLAIN 2

/* First byte of a key. */
#define PACK_KEY_PATH	'p'
#define PACK_KEY_DIGEST 'd'
#define PACK_KEY_ORIGIN 'o'

/* Bytes of the longest path, as in a record: LZ_NAME_MAX with its NUL. */
#define PACK_PATH_MAX 4095

/* Bytes of the value of one path, at most: 512 SHA-256 digests. */
#define PACK_VALUE_MAX 19456

/* Bytes of a digest's key: 'd', algorithm, digest. */
#define PACK_DIGEST_KEY_MAX (2 + ALG_DIGEST_MAX)

/* Bytes of an origin's key: 'o', number. */
#define PACK_ORIGIN_KEY 5

/**
 * struct pack_trailer - the end of a pack, behind the constant database; little-endian
 * @name:	printable ASCII, padded with NUL, the last byte is NUL
 * @built:	seconds since 1970, or 0
 * @paths:	keys with PACK_KEY_PATH
 * @digests:	keys with PACK_KEY_DIGEST
 * @cdb_size:	bytes of the database, that is of the file before the trailer
 * @serial:	number of the pack: a later one has a greater; 0: not numbered
 * @version:	PACK_VERSION
 * @magic:	PACK_MAGIC, no NUL
 * @sum:	SHA-256 over all bytes of the file before this field
 * @signer:	Ed25519 key that @signature is by; zeros: not signed
 * @signature:	see sign.c for what is signed: @sum, and so all before it
 */
struct pack_trailer {
	char name[PACK_NAME_MAX];
	uint64_t built;
	uint64_t paths;
	uint64_t digests;
	uint64_t cdb_size;
	uint32_t serial;
	uint32_t version;
	char magic[8];
	uint8_t sum[32];
	uint8_t signer[SIGN_KEY_SIZE];
	uint8_t signature[SIGN_SIZE];
};

_Static_assert(sizeof(struct pack_trailer) == 240, "pack_trailer");

/**
 * struct pack_value - one digest in the value of a path, which is a row of these
 * @alg:	alg_by_id()
 * @size:	bytes of digest that follow
 * @origin:	number of the package that has it, little-endian; 0: not said. In a pack of
 *		PACK_VERSION_PLAIN the digest begins here
 */
struct pack_value {
	uint8_t alg;
	uint8_t size;
	uint8_t origin[4];
	uint8_t digest[];
};

_Static_assert(sizeof(struct pack_value) == 6, "pack_value");

#endif
