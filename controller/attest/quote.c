/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/quote.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <tss2/tss2_mu.h>

#define P256_SIZE   32
#define DER_SIG_MAX 80 /* two integers of at most 33 bytes, and what is around them */

static const char *const reasons[] = {
	[QUOTE_OK] = "the quote is good",
	[QUOTE_MALFORMED] = "the quote can't be read",
	[QUOTE_MAGIC] = "the quote was not made by a TPM",
	[QUOTE_TYPE] = "the attestation is no quote",
	[QUOTE_NONCE] = "the quote answers another nonce: it is an old one",
	[QUOTE_SELECTION] = "the quote is of other PCRs than asked for",
	[QUOTE_PCRS] = "the PCRs that were told are not the ones that were quoted",
	[QUOTE_SCHEME] = "the quote is signed in another way than its key can",
	[QUOTE_SIGNATURE] = "the quote's signature is not of this VM's TPM",
	[QUOTE_ERROR] = "OpenSSL failed",
};

const char *quote_reason(enum quote_verdict verdict)
{
	return reasons[verdict];
}

EVP_PKEY *quote_key(const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)len);

	if (key && p == der + len && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_bits(key) == 8 * P256_SIZE)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* Compared as marshalled: a selection has more than one form in memory. */
static bool selection_ok(const TPML_PCR_SELECTION *found)
{
	uint8_t a[sizeof(TPML_PCR_SELECTION)], b[sizeof(TPML_PCR_SELECTION)];
	TPML_PCR_SELECTION expected;
	size_t a_len = 0, b_len = 0;

	tpm_quote_selection(&expected);
	return !Tss2_MU_TPML_PCR_SELECTION_Marshal(&expected, a, sizeof(a), &a_len) &&
	       !Tss2_MU_TPML_PCR_SELECTION_Marshal(found, b, sizeof(b), &b_len) && a_len == b_len &&
	       !memcmp(a, b, a_len);
}

static bool pcrs_ok(const TPM2B_DIGEST *digest, const tpm_pcrs pcrs)
{
	uint8_t all[TPM_BANKS * TPM_QUOTE_PCRS * TPM_DIGEST_MAX], sum[TPM_DIGEST_MAX];
	size_t len = 0;

	for (int b = 0; b < TPM_BANKS; b++)
		for (int i = 0; i < TPM_QUOTE_PCRS; i++) {
			memcpy(all + len, pcrs[b][i], tpm_bank_size[b]);
			len += tpm_bank_size[b];
		}
	return digest->size == sizeof(sum) &&
	       EVP_Digest(all, len, sum, NULL, EVP_sha256(), NULL) == 1 &&
	       !memcmp(sum, digest->buffer, sizeof(sum));
}

static enum quote_verdict check_attest(const TPMS_ATTEST *a, const uint8_t *nonce,
				       const tpm_pcrs pcrs)
{
	if (a->magic != TPM2_GENERATED_VALUE)
		return QUOTE_MAGIC;
	if (a->type != TPM2_ST_ATTEST_QUOTE)
		return QUOTE_TYPE;
	if (a->extraData.size != TPM_NONCE_SIZE ||
	    memcmp(a->extraData.buffer, nonce, TPM_NONCE_SIZE))
		return QUOTE_NONCE;
	if (!selection_ok(&a->attested.quote.pcrSelect))
		return QUOTE_SELECTION;
	return pcrs_ok(&a->attested.quote.pcrDigest, pcrs) ? QUOTE_OK : QUOTE_PCRS;
}

/* The TPM's two numbers as OpenSSL wants them. Return: bytes, or -1. */
static int der_signature(const TPMS_SIGNATURE_ECDSA *sig, uint8_t *out)
{
	BIGNUM *r = BN_bin2bn(sig->signatureR.buffer, sig->signatureR.size, NULL);
	BIGNUM *s = BN_bin2bn(sig->signatureS.buffer, sig->signatureS.size, NULL);
	ECDSA_SIG *both = ECDSA_SIG_new();
	int len = -1;

	if (r && s && both && ECDSA_SIG_set0(both, r, s) == 1) {
		r = s = NULL;
		len = i2d_ECDSA_SIG(both, NULL);
		len = len > 0 && len <= DER_SIG_MAX ? i2d_ECDSA_SIG(both, &out) : -1;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(both);
	return len;
}

static enum quote_verdict check_signature(EVP_PKEY *key, const uint8_t *attest, size_t attest_len,
					  const TPMT_SIGNATURE *sig)
{
	const TPMS_SIGNATURE_ECDSA *ec = &sig->signature.ecdsa;
	uint8_t der[DER_SIG_MAX];
	EVP_MD_CTX *ctx;
	int len, ok;

	if (sig->sigAlg != TPM2_ALG_ECDSA || ec->hash != TPM2_ALG_SHA256 ||
	    ec->signatureR.size > P256_SIZE || ec->signatureS.size > P256_SIZE)
		return QUOTE_SCHEME;
	len = der_signature(ec, der);
	ctx = EVP_MD_CTX_new();
	if (len < 0 || !ctx || EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) != 1) {
		EVP_MD_CTX_free(ctx);
		return QUOTE_ERROR;
	}
	ok = EVP_DigestVerify(ctx, der, (size_t)len, attest, attest_len);
	EVP_MD_CTX_free(ctx);
	return ok == 1 ? QUOTE_OK : QUOTE_SIGNATURE;
}

enum quote_verdict quote_check(EVP_PKEY *key, const uint8_t *nonce, const uint8_t *untrusted_attest,
			       size_t attest_len, const uint8_t *untrusted_sig, size_t sig_len,
			       const tpm_pcrs pcrs, struct quote_clock *clock)
{
	TPMS_ATTEST attest = {0};
	TPMT_SIGNATURE sig = {0};
	size_t at = 0, sig_at = 0;
	enum quote_verdict verdict;

	/* The library refuses another magic by itself, without saying that it was that. */
	if (attest_len >= 4 && memcmp(untrusted_attest,
				      "\xff"
				      "TCG",
				      4))
		return QUOTE_MAGIC;
	if (Tss2_MU_TPMS_ATTEST_Unmarshal(untrusted_attest, attest_len, &at, &attest) ||
	    at != attest_len ||
	    Tss2_MU_TPMT_SIGNATURE_Unmarshal(untrusted_sig, sig_len, &sig_at, &sig) ||
	    sig_at != sig_len)
		return QUOTE_MALFORMED;
	verdict = check_attest(&attest, nonce, pcrs);
	if (verdict == QUOTE_OK)
		verdict = check_signature(key, untrusted_attest, attest_len, &sig);
	if (verdict == QUOTE_OK)
		*clock = (struct quote_clock){attest.clockInfo.clock, attest.clockInfo.resetCount,
					      attest.clockInfo.restartCount};
	return verdict;
}

const char *quote_clock_check(const struct quote_clock *before, const struct quote_clock *now)
{
	if (now->reset_count != before->reset_count)
		return "the TPM was reset";
	if (now->restart_count != before->restart_count)
		return "the TPM was restarted";
	if (now->clock_ms < before->clock_ms)
		return "the TPM's clock went back: its state is an old one";
	return NULL;
}
