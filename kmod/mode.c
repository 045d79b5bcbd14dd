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

/* Newer kernels may make it late. */
static bool is_aggregate_name(struct lz_view name)
{
	static const char *const names[] = { "boot_aggregate", "boot_aggregate_late" };
	unsigned int i;

	if (name.left && !name.at[name.left - 1])
		name.left--;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (name.left == strlen(names[i]) && !memcmp(name.at, names[i], name.left))
			return true;
	return false;
}

/* Templates have the name in the second field, or in any other. */
static bool is_aggregate(const struct lz_fields *f)
{
	struct lz_view v = f->data, field;

	if (f->bare && !lz_view_skip(&v, LZ_SHA1_SIZE))
		return false;
	while (lz_view_take(&v, &field))
		if (is_aggregate_name(field))
			return true;
	return false;
}

enum lz_ima_mode lz_mode_of_first(const u8 *record, size_t len)
{
	struct lz_view digest;
	struct lz_fields f;

	if (!lz_record_parse(record, len, &f) || !is_aggregate(&f) ||
	    !digest_field(&f, &digest) || !strip_algorithm(&digest))
		return LZ_IMA_UNKNOWN;
	return memchr_inv(digest.at, 0, digest.left) ? LZ_IMA_NATIVE : LZ_IMA_BYPASS;
}
