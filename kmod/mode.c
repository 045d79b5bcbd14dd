// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record: u32 pcr, u8 sha1[20], u32 name_len, name, then for «ima» the
 * bare 20-byte digest, else u32 data_len and fields of u32 len and bytes, the
 * first being the digest: «ALGO:» NUL digest, or a bare SHA-1 or MD5.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "mode.h"

#define PCR_AND_SHA1 24
#define BARE_SHA1    20
#define BARE_MD5     16

struct view {
	const u8 *at;
	size_t left;
};

static bool skip(struct view *v, size_t n)
{
	if (v->left < n)
		return false;
	v->at += n;
	v->left -= n;
	return true;
}

/* A u32 length and what it measures; narrows @v to the bytes after it. */
static bool take(struct view *v, struct view *field)
{
	u32 len;

	if (v->left < sizeof(len))
		return false;
	memcpy(&len, v->at, sizeof(len));
	skip(v, sizeof(len));
	field->at = v->at;
	field->left = len;
	return skip(v, len);
}

static bool digest_field(struct view v, struct view *digest)
{
	struct view name, data;

	if (!skip(&v, PCR_AND_SHA1) || !take(&v, &name))
		return false;
	if (name.left == 3 && !memcmp(name.at, "ima", 3)) {
		digest->at = v.at;
		digest->left = BARE_SHA1;
		return v.left >= BARE_SHA1;
	}
	return take(&v, &data) && take(&data, digest);
}

static bool strip_algorithm(struct view *digest)
{
	const u8 *nul;

	if (digest->left == BARE_SHA1 || digest->left == BARE_MD5)
		return true;
	nul = memchr(digest->at, 0, digest->left);
	if (!nul || nul == digest->at || nul[-1] != ':')
		return false;
	return skip(digest, nul + 1 - digest->at) && digest->left;
}

enum lz_ima_mode lz_mode_of_first(const u8 *record, size_t len)
{
	struct view v = { record, len }, digest;

	if (!digest_field(v, &digest) || !strip_algorithm(&digest))
		return LZ_IMA_UNKNOWN;
	return memchr_inv(digest.at, 0, digest.left) ? LZ_IMA_NATIVE : LZ_IMA_BYPASS;
}
