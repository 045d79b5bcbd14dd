/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a TPM's quote says, and whether it can be believed (TPM 2.0 Part 2, 10.12). */
#ifndef LAZARET_QUOTE_H
#define LAZARET_QUOTE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "vtpm/tpm.h"

enum quote_verdict {
	QUOTE_OK = 0,
	QUOTE_MALFORMED, /* not a TPMS_ATTEST and a TPMT_SIGNATURE, or bytes follow */
	QUOTE_MAGIC, /* not made by a TPM */
	QUOTE_TYPE, /* another kind of attestation */
	QUOTE_NONCE, /* an answer to another question: an old quote */
	QUOTE_SELECTION, /* of other PCRs or banks */
	QUOTE_PCRS, /* the PCRs that were told are not the ones that were quoted */
	QUOTE_SCHEME, /* another kind of signature */
	QUOTE_SIGNATURE, /* altered, or by another TPM */
	QUOTE_ERROR, /* OpenSSL failed */
};

struct quote_clock {
	uint64_t clock_ms;
	uint32_t reset_count;
	uint32_t restart_count;
};

/**
 * quote_key() - an attestation key, for many quotes
 * @der:	SubjectPublicKeyInfo
 *
 * Return: to be freed with EVP_PKEY_free(); NULL if it is no such key.
 */
EVP_PKEY *quote_key(const uint8_t *der, size_t len);

/**
 * quote_check() - verify a quote of PCRs 0 to 15 of TPM_BANKS
 * @key:	whose quote it must be. The signer's qualified name in it is not looked at: it
 *		names the same key once more, in terms that only the TPM knows
 * @nonce:	TPM_NONCE_SIZE bytes that were asked with
 * @pcrs:	values that were told with it; believed by nobody before
 * @clock:	filled if all is well
 */
enum quote_verdict quote_check(EVP_PKEY *key, const uint8_t *nonce, const uint8_t *untrusted_attest,
			       size_t attest_len, const uint8_t *untrusted_sig, size_t sig_len,
			       const tpm_pcrs pcrs, struct quote_clock *clock);

/* Why, for people. */
const char *quote_reason(enum quote_verdict verdict);

/**
 * quote_clock_check() - may the second come after the first, in one life of a TPM?
 *
 * Return: NULL, or why not.
 */
const char *quote_clock_check(const struct quote_clock *before, const struct quote_clock *now);

#endif
