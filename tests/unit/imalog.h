/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes measurement logs as IMA does, and computes the PCRs that belong to them, by
 * code that shares nothing with what it tests.
 */
#ifndef LAZARET_IMALOG_H
#define LAZARET_IMALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct imalog_entry - what to measure
 * @template:	name or format; NULL: "ima-sig"
 * @alg:	"sha1", "sha256"...; NULL: "sha256"
 * @digest:	of @alg's length; NULL: SHA-256 of @path, cut or repeated to the length
 * @path:	its name
 * @extra:	content of sig, buf and other fields of bytes; may be NULL
 * @extra_len:	its bytes
 * @pcr:	0: 10
 * @violation:	a violation: digest and template hash are zeros
 */
struct imalog_entry {
	const char *template;
	const char *alg;
	const uint8_t *digest;
	const char *path;
	const void *extra;
	uint32_t extra_len;
	uint32_t pcr;
	bool violation;
};

/**
 * struct imalog - a log
 * @buf:	records one after the other, @len bytes
 * @start:	offset of each of the @records, and of the end
 * @sha1, @sha256: the PCRs
 */
struct imalog {
	uint8_t *buf;
	size_t len;
	size_t room;
	size_t *start;
	size_t records;
	uint8_t sha1[24][20];
	uint8_t sha256[24][32];
};

/** imalog_init() - an empty log */
void imalog_init(struct imalog *l);

/** imalog_free() - what @l owns */
void imalog_free(struct imalog *l);

/** imalog_add() - append a record; ends the program if that is impossible */
void imalog_add(struct imalog *l, const struct imalog_entry *e);

/** imalog_boot() - append boot_aggregate of zeros in template @template, NULL: "ima-sig" */
void imalog_boot(struct imalog *l, const char *template);

/** imalog_record() - a record's bytes, valid until the next imalog_add() */
const uint8_t *imalog_record(const struct imalog *l, size_t i, size_t *len);

/** imalog_digest() - the digest that imalog_add() takes for @path if none is given */
void imalog_digest(const char *path, uint8_t *out, size_t len);

#endif
