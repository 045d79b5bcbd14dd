/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One record of IMA's list in binary form: u32 pcr, u8 sha1[20], u32 name_len,
 * name, then for «ima» the bare 20-byte digest, u32 name_len and name, else u32
 * data_len and the data (kernel: ima_fs.c, ima_measurements_show).
 */
#ifndef LZ_RECORD_H
#define LZ_RECORD_H

#include <linux/types.h>

#define LZ_SHA1_SIZE 20

/* What «ima» hashes: the digest, and the name padded to its greatest length. */
#define LZ_BARE_HASHED 276

/**
 * struct lz_view - bytes that are not ours
 * @at:		where they begin
 * @left:	how many there are
 */
struct lz_view {
	const u8 *at;
	size_t left;
};

/**
 * struct lz_fields - a record taken apart; everything points into it
 * @pcr:	index
 * @sha1:	template hash, LZ_SHA1_SIZE bytes, all zero for a violation
 * @bare:	the template is «ima»: @data is not preceded by its length
 * @data:	the template's data
 */
struct lz_fields {
	u32 pcr;
	const u8 *sha1;
	bool bare;
	struct lz_view data;
};

/**
 * lz_view_skip() - leave out the first @n bytes
 *
 * Return: false if there are less.
 */
bool lz_view_skip(struct lz_view *v, size_t n);

/**
 * lz_view_take() - take a u32 length and what it measures
 * @field:	the bytes that were measured
 *
 * Return: false if there are less.
 */
bool lz_view_take(struct lz_view *v, struct lz_view *field);

/**
 * lz_record_parse() - take a record apart
 *
 * Return: false if it is none.
 */
bool lz_record_parse(const u8 *record, size_t len, struct lz_fields *out);

/**
 * lz_record_hashed() - what the record's digests are digests of
 * @padded:	LZ_BARE_HASHED bytes that may be used for it
 *
 * As the kernel does it (ima_crypto.c, ima_calc_field_array_hash_tfm).
 *
 * Return: the bytes, @len of them; NULL if it is not as it should be.
 */
const u8 *lz_record_hashed(const struct lz_fields *f, u8 *padded, size_t *len);

#endif /* LZ_RECORD_H */
