/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/evm.h"

#include <openssl/evp.h>
#include <string.h>

#include "attest/alg.h"
#include "attest/bytes.h"

/* Kernel: security/integrity/integrity.h, IMA_XATTR_DIGEST_NG: then the algorithm, then a digest. */
#define XATTR_DIGEST_NG	  4
#define XATTR_DIGEST_HEAD 2

/* Kernel: evm_crypto.c, struct h_misc: inode, generation, owner, group, mode, as a 64-bit compiler pads. */
#define MISC_SIZE  24
#define MISC_OWNER 12
#define MISC_GROUP 16
#define MISC_MODE  20

/* Bytes of the name at the start of a list of them, which are apart by '|' and end in NUL. */
static uint32_t name_length(const uint8_t *names, uint32_t left)
{
	uint32_t len = 0;

	while (len < left && names[len] != '|' && names[len])
		len++;
	return len;
}

/*
 * The value of security.ima. Return: NULL if there is none, or if names, lengths and values are not
 * of each other: then nobody could say what was signed.
 */
static const uint8_t *find_ima(const struct ima_entry *e, uint32_t *len)
{
	static const char ima[] = "security.ima";
	const uint8_t *found = NULL;
	uint32_t name = 0, at = 0, n = 0;

	for (; name < e->xattrnames.len; n++) {
		const uint8_t *text = e->xattrnames.data + name;
		uint32_t name_len = name_length(text, e->xattrnames.len - name), size;

		if (e->xattrlengths.len / sizeof(size) <= n)
			return NULL;
		size = get_le32(e->xattrlengths.data + n * sizeof(size));
		if (size > e->xattrvalues.len - at)
			return NULL;
		if (name_len == strlen(ima) && !memcmp(text, ima, name_len)) {
			found = e->xattrvalues.data + at;
			*len = size;
		}
		at += size;
		name += name_len + 1;
	}
	return at == e->xattrvalues.len && n * sizeof(uint32_t) == e->xattrlengths.len ? found
										       : NULL;
}

static bool is_of_content(const struct ima_entry *e)
{
	uint32_t len = 0;
	const uint8_t *ima = find_ima(e, &len);
	const struct alg *alg = ima && len > XATTR_DIGEST_HEAD && ima[0] == XATTR_DIGEST_NG
					? alg_by_kernel(ima[1])
					: NULL;

	return alg && alg == e->alg && !e->verity &&
	       len == XATTR_DIGEST_HEAD + (uint32_t)alg->size &&
	       !memcmp(ima + XATTR_DIGEST_HEAD, e->digest, alg->size);
}

bool evm_digest(const struct ima_entry *e, const struct alg *alg, uint8_t out[ALG_DIGEST_MAX])
{
	uint8_t misc[MISC_SIZE] = {0};
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	bool good;

	if (e->iuid.len != 4 || e->igid.len != 4 || e->imode.len != 2 || !is_of_content(e))
		return false;
	memcpy(misc + MISC_OWNER, e->iuid.data, e->iuid.len);
	memcpy(misc + MISC_GROUP, e->igid.data, e->igid.len);
	memcpy(misc + MISC_MODE, e->imode.data, e->imode.len);
	md = EVP_MD_fetch(NULL, alg->openssl, NULL);
	ctx = EVP_MD_CTX_new();
	good = md && ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, e->xattrvalues.data, e->xattrvalues.len) == 1 &&
	       EVP_DigestUpdate(ctx, misc, sizeof(misc)) == 1 &&
	       EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return good;
}
