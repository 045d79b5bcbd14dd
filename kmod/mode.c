// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first field of a template's data is the digest: «ALGO:» NUL digest, or a
 * bare SHA-1 or MD5.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "mode.h"
#include "record.h"

#define BARE_MD5 16

static bool digest_field(const struct lz_fields *f, struct lz_view *digest)
{
	struct lz_view v = f->data;

	if (!f->bare)
		return lz_view_take(&v, digest);
	digest->at = v.at;
	digest->left = LZ_SHA1_SIZE;
	return true;
}

static bool strip_algorithm(struct lz_view *digest)
{
	const u8 *nul;

	if (digest->left == LZ_SHA1_SIZE || digest->left == BARE_MD5)
		return true;
	nul = memchr(digest->at, 0, digest->left);
	if (!nul || nul == digest->at || nul[-1] != ':')
		return false;
	return lz_view_skip(digest, nul + 1 - digest->at) && digest->left;
}

enum lz_ima_mode lz_mode_of_first(const u8 *record, size_t len)
{
	struct lz_view digest;
	struct lz_fields f;

	if (!lz_record_parse(record, len, &f) || !digest_field(&f, &digest) ||
	    !strip_algorithm(&digest))
		return LZ_IMA_UNKNOWN;
	return memchr_inv(digest.at, 0, digest.left) ? LZ_IMA_NATIVE : LZ_IMA_BYPASS;
}
