/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/bootagg.h"

#include <string.h>

#include <openssl/evp.h>

/* Of the SHA-1 bank IMA takes PCR 0-7, of others 0-9, which have what a boot loader measures. */
#define PCRS_SHA1 8
#define PCRS_MORE 10

enum { BANK_SHA1, BANK_SHA256 };

static bool aggregate(const tpm_pcrs pcrs, int bank, int count, const EVP_MD *md, uint8_t *out)
{
	uint8_t all[PCRS_MORE * TPM_DIGEST_MAX];
	size_t size = tpm_bank_size[bank];

	for (int i = 0; i < count; i++)
		memcpy(all + (size_t)i * size, pcrs[bank][i], size);
	return EVP_Digest(all, (size_t)count * size, out, NULL, md, NULL) == 1;
}

void bootagg_expect(const tpm_pcrs pcrs, struct verify_boot *out)
{
	memset(out, 0, sizeof(*out));
	out->known = aggregate(pcrs, BANK_SHA1, PCRS_SHA1, EVP_sha1(), out->sha1) &&
		     aggregate(pcrs, BANK_SHA256, PCRS_MORE, EVP_sha256(), out->sha256);
}
