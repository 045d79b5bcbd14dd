/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "attest/quote.h"
#include "attest/record.h"
#include "attest/replay.h"
#include "common/hex.h"
#include "evidence/pcrfile.h"
#include "vtpm/eventlog.h"

#define BOOT_PCRS 10
#define LOG_PCR	  10

struct checking {
	const struct bundle *b;
	struct check *out;
	X509 *ca;
	EVP_PKEY *ak;
	tpm_pcrs pcrs;
};

static int fail(struct checking *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct checking *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->out->failed, sizeof(c->out->failed), fmt, ap);
	va_end(ap);
	return -1;
}

static X509 *cert_of(const void *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

static int check_authority(struct checking *c, const char *given)
{
	const uint8_t *pem = c->b->part[BUNDLE_CA_CERT].data;

	c->ca = given ? cert_of(given, strlen(given)) : cert_of(pem, strlen((const char *)pem));
	c->out->ca_given = given;
	return c->ca ? 0 : fail(c, "the authority's certificate can't be read");
}

static int check_sums(struct checking *c)
{
	EVP_PKEY *key = X509_get0_pubkey(c->ca);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char *sums = bundle_sums(c->b, NULL);
	const uint8_t *found = c->b->part[BUNDLE_SUMS].data;
	size_t len = c->b->part[BUNDLE_SUMS].len;
	int rc = 0;

	if (!sums || strlen(sums) != len || memcmp(sums, found, len))
		rc = fail(c, "SHA256SUMS does not fit the files: one was changed");
	else if (!ctx || !key || EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
		 EVP_DigestVerify(ctx, c->b->part[BUNDLE_SUMS_SIG].data,
				  c->b->part[BUNDLE_SUMS_SIG].len, found, len) != 1)
		rc = fail(c, "SHA256SUMS is not signed by the host's authority");
	EVP_MD_CTX_free(ctx);
	free(sums);
	return rc;
}

static int check_issued(struct checking *c, enum bundle_part part, X509 **out)
{
	X509 *cert = cert_of(c->b->part[part].data, c->b->part[part].len);

	*out = cert;
	if (!cert || X509_verify(cert, X509_get0_pubkey(c->ca)) != 1)
		return fail(c, "%s is not issued by the host's authority", bundle_name(part));
	return 0;
}

static int check_keys(struct checking *c)
{
	X509 *ak = NULL, *ek = NULL;
	uint8_t *der = NULL;
	int n, rc = check_issued(c, BUNDLE_AK_CERT, &ak);

	if (!rc)
		rc = check_issued(c, BUNDLE_EK_CERT, &ek);
	if (!rc)
		X509_NAME_get_text_by_NID(X509_get_subject_name(ak), NID_commonName, c->out->vm,
					  sizeof(c->out->vm));
	n = rc ? 0 : i2d_PUBKEY(X509_get0_pubkey(ak), &der);
	c->ak = n > 0 ? quote_key(der, (size_t)n) : NULL;
	if (!rc && !c->ak)
		rc = fail(c, "ak.crt holds no P-256 key");
	OPENSSL_free(der);
	X509_free(ak);
	X509_free(ek);
	return rc;
}

static int find_nonce(struct checking *c, const uint8_t *given)
{
	json_t *info = json_loadb((const char *)c->b->part[BUNDLE_INFO].data,
				  c->b->part[BUNDLE_INFO].len, 0, NULL);
	const char *hex = json_string_value(json_object_get(info, "nonce"));
	const char *vm = json_string_value(json_object_get(info, "vm"));
	int rc = 0;

	if (!hex || hex_decode(c->out->nonce, TPM_NONCE_SIZE, hex) != TPM_NONCE_SIZE)
		rc = fail(c, "evidence.json names no nonce");
	else if (given && memcmp(given, c->out->nonce, TPM_NONCE_SIZE))
		rc = fail(c, "it answers another nonce: it was made for somebody else, or before");
	else if (!vm || strcmp(vm, c->out->vm))
		rc = fail(c, "evidence.json names another VM than its key's certificate");
	json_decref(info);
	return rc;
}

static int check_quote(struct checking *c)
{
	static const enum bundle_part files[TPM_BANKS] = {BUNDLE_PCRS_SHA1, BUNDLE_PCRS_SHA256};
	struct quote_clock clock;
	enum quote_verdict v;

	for (int b = 0; b < TPM_BANKS; b++)
		if (pcrfile_read((const char *)c->b->part[files[b]].data, b, c->pcrs) < 0)
			return fail(c, "%s can't be read", bundle_name(files[b]));
	v = quote_check(c->ak, c->out->nonce, c->b->part[BUNDLE_QUOTE].data,
			c->b->part[BUNDLE_QUOTE].len, c->b->part[BUNDLE_SIG].data,
			c->b->part[BUNDLE_SIG].len, c->pcrs, &clock);
	if (v != QUOTE_OK)
		return fail(c, "%s", quote_reason(v));
	c->out->resets = clock.reset_count;
	return 0;
}

static int check_start(struct checking *c)
{
	tpm_pcrs boot;
	const char *why;

	if (!c->b->part[BUNDLE_EVENTS].len)
		return 0;
	if (eventlog_replay(c->b->part[BUNDLE_EVENTS].data, c->b->part[BUNDLE_EVENTS].len, boot,
			    &why) < 0)
		return fail(c, "%s", why);
	for (int b = 0; b < TPM_BANKS; b++)
		for (int i = 0; i < BOOT_PCRS; i++)
			if (memcmp(boot[b][i], c->pcrs[b][i], tpm_bank_size[b]))
				return fail(c, "PCR %d is not what the event log leads to", i);
	c->out->measured = true;
	return 0;
}

static bool explains(const struct replay *r, const struct checking *c)
{
	for (size_t b = 0; b < TPM_BANKS; b++)
		if (memcmp(replay_pcr(r, b, LOG_PCR), c->pcrs[b][LOG_PCR], tpm_bank_size[b]))
			return false;
	return true;
}

static int replay_list(struct checking *c, struct replay *r)
{
	const uint8_t *at = c->b->part[BUNDLE_IMA].data;
	size_t left = c->b->part[BUNDLE_IMA].len;
	bool found = explains(r, c);

	while (left) {
		struct ima_record rec;
		const char *why;
		enum replay_status status;

		if (record_parse(at, left, &rec, &why) != RECORD_OK)
			return fail(c, "ima.bin, record %llu: %s",
				    (unsigned long long)c->out->records, why);
		status = replay_extend(r, &rec);
		if (status != REPLAY_OK && status != REPLAY_VIOLATION)
			return fail(c,
				    "ima.bin, record %llu: its template hash is not that of its "
				    "data",
				    (unsigned long long)c->out->records);
		at += rec.size;
		left -= rec.size;
		c->out->records++;
		if (explains(r, c)) {
			found = true;
			c->out->committed = c->out->records;
		}
	}
	return found ? 0 : fail(c, "PCR 10 is explained by no prefix of ima.bin");
}

static int check_list(struct checking *c)
{
	struct replay *r = replay_new(TPM_BANK_NAMES);
	int rc = r ? replay_list(c, r) : fail(c, "no memory");

	replay_free(r);
	return rc;
}

int check_evidence(const uint8_t *untrusted_data, size_t len, const uint8_t *nonce, const char *ca,
		   struct check *out)
{
	struct bundle b;
	struct checking c = {.b = &b, .out = out};
	const char *why;
	int rc;

	memset(out, 0, sizeof(*out));
	if (bundle_unpack(&b, untrusted_data, len, &why) < 0)
		return fail(&c, "%s", why);
	rc = check_authority(&c, ca) || check_sums(&c) || check_keys(&c) || find_nonce(&c, nonce) ||
			     check_quote(&c) || check_start(&c) || check_list(&c)
		     ? -1
		     : 0;
	X509_free(c.ca);
	EVP_PKEY_free(c.ak);
	bundle_free(&b);
	return rc;
}
