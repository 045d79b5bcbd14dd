/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's TPM or a stranger's file brings: quotes, event logs, evidence, commands. */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "attest/quote.h"
#include "evidence/bundle.h"
#include "evidence/pcrfile.h"
#include "fuzz.h"
#include "vtpm/eventlog.h"
#include "vtpm/filter.h"
#include "vtpm/tpmhdr.h"

#define ATTEST_MAX 200

static void quote(const uint8_t *data, size_t len)
{
	static const uint8_t nonce[TPM_NONCE_SIZE];
	static tpm_pcrs pcrs;
	static EVP_PKEY *key;
	struct quote_clock clock;
	size_t attest = len < ATTEST_MAX ? len : ATTEST_MAX;

	if (!key)
		key = EVP_EC_gen("P-256");
	/* Nobody has signed it. */
	if (quote_check(key, nonce, data, attest, data + attest, len - attest, pcrs, &clock) ==
	    QUOTE_OK)
		abort();
}

static void event_log(const uint8_t *data, size_t len)
{
	const char *why = NULL;
	tpm_pcrs pcrs;

	if ((eventlog_replay(data, len, pcrs, &why) == 0) != !why)
		abort();
}

/* What is taken is exactly what would be written. */
static void evidence(const uint8_t *data, size_t len)
{
	const char *why;
	struct bundle b;
	tpm_pcrs pcrs;

	if (bundle_unpack(&b, data, len, &why) < 0)
		return;
	pcrfile_read((const char *)b.part[BUNDLE_PCRS_SHA1].data, 0, pcrs);
	free(bundle_sums(&b, NULL));
	bundle_free(&b);
}

static void command(const uint8_t *data, size_t len)
{
	static const TPML_CCA commands = {
		.count = 3,
		.commandAttributes = {TPM2_CC_PCR_Extend | 1u << TPMA_CC_CHANDLES_SHIFT,
				      TPM2_CC_PCR_Reset | 1u << TPMA_CC_CHANDLES_SHIFT,
				      TPM2_CC_NV_Certify | 7u << TPMA_CC_CHANDLES_SHIFT}};

	if (len >= TPM_HEADER_SIZE)
		filter_check(&commands, data, len);
}

void fuzz_tpm(const uint8_t *data, size_t len)
{
	static void (*const parts[])(const uint8_t *, size_t) = {quote, event_log, evidence,
								 command};
	uint8_t *copy;

	if (!len)
		return;
	copy = malloc(len); /* so that the sanitizer sees its end */
	memcpy(copy, data + 1, len - 1);
	parts[data[0] % 4](copy, len - 1);
	free(copy);
}
