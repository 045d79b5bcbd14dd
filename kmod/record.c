// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "record.h"

bool lz_view_skip(struct lz_view *v, size_t n)
{
	if (v->left < n)
		return false;
	v->at += n;
	v->left -= n;
	return true;
}

bool lz_view_take(struct lz_view *v, struct lz_view *field)
{
	u32 len;

	if (v->left < sizeof(len))
		return false;
	memcpy(&len, v->at, sizeof(len));
	lz_view_skip(v, sizeof(len));
	field->at = v->at;
	field->left = len;
	return lz_view_skip(v, len);
}

bool lz_record_parse(const u8 *record, size_t len, struct lz_fields *out)
{
	struct lz_view v = { record, len }, name;

	if (v.left < sizeof(out->pcr))
		return false;
	memcpy(&out->pcr, v.at, sizeof(out->pcr));
	lz_view_skip(&v, sizeof(out->pcr));
	out->sha1 = v.at;
	if (!lz_view_skip(&v, LZ_SHA1_SIZE) || !lz_view_take(&v, &name))
		return false;
	out->bare = name.left == 3 && !memcmp(name.at, "ima", 3);
	if (!out->bare)
		return lz_view_take(&v, &out->data);
	out->data = v;
	return v.left >= LZ_SHA1_SIZE;
}

const u8 *lz_record_hashed(const struct lz_fields *f, u8 *padded, size_t *len)
{
	struct lz_view v = f->data, name;

	*len = v.left;
	if (!f->bare)
		return v.at;
	if (!lz_view_skip(&v, LZ_SHA1_SIZE) || !lz_view_take(&v, &name) ||
	    name.left > LZ_BARE_HASHED - LZ_SHA1_SIZE)
		return NULL;
	memset(padded, 0, LZ_BARE_HASHED);
	memcpy(padded, f->data.at, LZ_SHA1_SIZE);
	memcpy(padded + LZ_SHA1_SIZE, name.at, name.left);
	*len = LZ_BARE_HASHED;
	return padded;
}
