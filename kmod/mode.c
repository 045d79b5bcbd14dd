// SPDX-License-Identifier: GPL-2.0-only
/*
 * A template has its fields in any order. The digest is «ALGO:» NUL digest, or a
 * bare SHA-1 or MD5; which one it is shows in how it looks.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "mode.h"
#include "record.h"

#define BARE_MD5 16

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

/* «ima»: the digest, and a name that is preceded by its length. */
static bool bare_fields(struct lz_view v, struct lz_view *digest, struct lz_view *name)
{
	digest->at = v.at;
	digest->left = LZ_SHA1_SIZE;
	return lz_view_skip(&v, LZ_SHA1_SIZE) && lz_view_take(&v, name);
}

/* The first field that looks like a digest, in a record of boot_aggregate. */
static bool aggregate_digest(const struct lz_fields *f, struct lz_view *digest)
{
	struct lz_view v = f->data, field;
	bool named = false, found = false;

	if (f->bare)
		return bare_fields(v, digest, &field) && is_aggregate_name(field);
	while (lz_view_take(&v, &field)) {
		if (is_aggregate_name(field)) {
			named = true;
		} else if (!found && strip_algorithm(&field)) {
			*digest = field;
			found = true;
		}
	}
	return named && found;
}

enum lz_ima_mode lz_mode_of_first(const u8 *record, size_t len)
{
	struct lz_view digest;
	struct lz_fields f;

	if (!lz_record_parse(record, len, &f) || !aggregate_digest(&f, &digest))
		return LZ_IMA_UNKNOWN;
	return memchr_inv(digest.at, 0, digest.left) ? LZ_IMA_NATIVE : LZ_IMA_BYPASS;
}
