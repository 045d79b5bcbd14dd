/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A golden pack: which file may have which digest.  One immutable file, mapped
 * and shared by all who read it, looked up in constant time, replaced by rename.
 * policy/golden/FORMAT.md has its format.
 */
#ifndef LAZARET_PACK_H
#define LAZARET_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/alg.h"
#include "golden/sign.h"

/* Bytes of a pack's name with its NUL. */
#define PACK_NAME_MAX 64

/* Bytes of the text that explains why a pack was refused. */
#define PACK_ERROR_MAX 160

/* Bytes of what a value is out of, with its NUL: a package's name, a blank, its version. */
#define PACK_ORIGIN_MAX 257

struct pack;

/**
 * struct pack_info - what a pack says of itself
 * @name:	NUL-terminated printable ASCII
 * @built:	seconds since 1970, as its builder was told; 0: not said
 * @paths:	number of paths
 * @digests:	number of different digests
 * @serial:	its number, 0: none
 * @id:		SHA-256 over the pack, its identity
 * @is_signed:	by @signer; whether that one is to be trusted is not said
 * @signer:	Ed25519 key
 */
struct pack_info {
	char name[PACK_NAME_MAX];
	uint64_t built;
	uint64_t paths;
	uint64_t digests;
	uint32_t serial;
	uint8_t id[32];
	bool is_signed;
	uint8_t signer[SIGN_KEY_SIZE];
};

enum pack_class {
	PACK_UNKNOWN = 0, /* neither this digest nor this path */
	PACK_GOOD, /* this digest at this path */
	PACK_ELSEWHERE, /* this digest, but at other paths; and this path has others or none */
	PACK_OTHER_DIGEST, /* this path has other digests, and the one asked for is nowhere */
	PACK_ERROR, /* the pack is inconsistent in itself: no answer */
};

/**
 * struct pack_answer - what a pack knows; pointers are into the pack
 * @path:	PACK_ELSEWHERE: the first path that has the digest, not NUL-terminated
 * @path_len:	bytes of @path
 * @known:	the pack that says so
 * @known_origin: what the content is out of there, for pack_origin()
 * @alg:	algorithm of @expected
 * @expected:	the digest that this path should have, @alg->size bytes; NULL if
 *		the path is not in the pack. Of several it is that of the latest version
 * @pack:	the pack that says so
 * @origin:	what @expected is out of, for pack_origin()
 */
struct pack_answer {
	const char *path;
	uint32_t path_len;
	const struct pack *known;
	uint32_t known_origin;
	const struct alg *alg;
	const uint8_t *expected;
	const struct pack *pack;
	uint32_t origin;
};

/**
 * struct pack_entry - one golden value
 * @path:	as IMA writes it, @path_len bytes, not NUL-terminated
 * @digest:	@alg->size bytes
 * @origin:	what it is out of, for pack_origin()
 */
struct pack_entry {
	const char *path;
	uint32_t path_len;
	const struct alg *alg;
	const uint8_t *digest;
	uint32_t origin;
};

/**
 * pack_open() - map and check a pack
 * @fd:		open for reading, a regular file; not closed, may be closed afterwards
 * @error:	PACK_ERROR_MAX bytes, written if NULL is returned
 *
 * Checks magic, version, the SHA-256 over everything and the signature, if there is one, so that
 * a truncated, damaged or foreign file is refused with words.
 *
 * Return: to be closed with pack_close(), or NULL.
 */
struct pack *pack_open(int fd, char *error);

/** pack_open_path() - pack_open() of a file by its name */
struct pack *pack_open_path(const char *path, char *error);

/** pack_close() - NULL is fine */
void pack_close(struct pack *p);

/** pack_info() - lives as long as the pack */
const struct pack_info *pack_info(const struct pack *p);

/**
 * pack_lookup() - may this file have this digest?
 * @alg:	algorithm of @digest
 * @digest:	@alg->size bytes
 * @path:	as IMA writes it (absolute, a blank made '_'), not NUL-terminated
 * @path_len:	bytes of @path
 * @out:	always written
 *
 * Changes nothing in the pack, allocates nothing.
 *
 * Return: enum pack_class.
 */
enum pack_class pack_lookup(const struct pack *p, const struct alg *alg, const uint8_t *digest,
			    const char *path, uint32_t path_len, struct pack_answer *out);

/** pack_hash_path(), pack_hash_digest() - of what is looked up: once, for any number of packs */
uint32_t pack_hash_path(const char *path, uint32_t path_len);
uint32_t pack_hash_digest(const struct alg *alg, const uint8_t *digest);

/**
 * pack_ask(), pack_ask_record() - ask memory for what a look-up of a hash will read
 *
 * A pack is larger than any cache, and a look-up waits for memory twice: for the place of a record
 * and, once that is there, for the record. Who has other work does it after each of the two.
 */
void pack_ask(const struct pack *p, uint32_t hash);
void pack_ask_record(const struct pack *p, uint32_t hash);

/**
 * pack_find_path(), pack_find_digest() - the two halves of pack_lookup()
 * @hash:	of path or digest
 * @out:	what is found is added to it
 *
 * Return: PACK_GOOD, PACK_OTHER_DIGEST, PACK_UNKNOWN, PACK_ERROR; of a digest, PACK_ELSEWHERE
 * (whatever the path), PACK_UNKNOWN, PACK_ERROR.
 */
enum pack_class pack_find_path(const struct pack *p, uint32_t hash, const struct alg *alg,
			       const uint8_t *digest, const char *path, uint32_t path_len,
			       struct pack_answer *out);
enum pack_class pack_find_digest(const struct pack *p, uint32_t hash, const struct alg *alg,
				 const uint8_t *digest, struct pack_answer *out);

/**
 * pack_algs() - which algorithms does every path in the pack have a digest of?
 *
 * Reads the whole pack. Return: bit 1 << id for each (alg_by_id()); 0 if it is inconsistent.
 */
uint32_t pack_algs(const struct pack *p);

/**
 * pack_each() - hand over every golden value
 * @each:	called in the order of paths, bytewise; the values of one path come by algorithm, and then
 *		the latest version first. Not 0 ends it
 *
 * Return: 0, what @each returned, or -1 if the pack is inconsistent in itself.
 */
int pack_each(const struct pack *p, int (*each)(void *arg, const struct pack_entry *e), void *arg);

/**
 * pack_origin() - what a value is out of, such as «bash 5.2.15-2+b7»
 * @origin:	of an answer or an entry
 * @out:	PACK_ORIGIN_MAX bytes, always written: printable ASCII, empty if the pack does not say it
 *
 * Return: whether it does.
 */
bool pack_origin(const struct pack *p, uint32_t origin, char *out);

/**
 * pack_tell_origin() - the same for people: where the pack does not say it, the pack itself is named
 * @out:	PACK_TOLD_MAX bytes
 */
void pack_tell_origin(const struct pack *p, uint32_t origin, char *out);

/* Bytes of pack_tell_origin()'s text with its NUL: also «pack», the name of one, and its number. */
#define PACK_TOLD_MAX PACK_ORIGIN_MAX

#endif
