/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/signers.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/evm.h"

/* Kernel: security/integrity/integrity.h, enum evm_ima_xattr_type. */
#define XATTR_IMA_DIGSIG    3
#define XATTR_EVM_PORTABLE  5
#define XATTR_VERITY_DIGSIG 6

/* Bytes before the signature itself: type, version, algorithm, key's id, length. */
#define HEADER_SIZE 9
#define KEY_ID_SIZE 4

struct signer {
	EVP_PKEY *key;
	uint8_t id[KEY_ID_SIZE];
	int64_t from, until; /* seconds since 1970; 0: always */
};

struct signers {
	struct signer signer[SIGNERS_MAX];
	size_t n;
};

/* A signature's header, taken apart. */
struct header {
	const struct alg *alg;
	const uint8_t *id;
	const uint8_t *sig;
	size_t len;
};

struct signers *signers_new(void)
{
	return calloc(1, sizeof(struct signers));
}

void signers_free(struct signers *s)
{
	for (size_t i = 0; s && i < s->n; i++)
		EVP_PKEY_free(s->signer[i].key);
	free(s);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static X509 *read_certificate(FILE *in)
{
	X509 *cert = PEM_read_X509(in, NULL, NULL, NULL);

	rewind(in);
	if (!cert)
		cert = d2i_X509_fp(in, NULL);
	rewind(in);
	return cert;
}

static EVP_PKEY *read_bare(FILE *in)
{
	EVP_PKEY *key = PEM_read_PUBKEY(in, NULL, NULL, NULL);

	rewind(in);
	return key ? key : d2i_PUBKEY_fp(in, NULL);
}

/* The kernel names a key by the end of its SHA-1, as the subject key identifier is made. */
static bool set_id(struct signer *s)
{
	uint8_t sum[SHA_DIGEST_LENGTH];
	X509_PUBKEY *public = NULL;
	const unsigned char *bits;
	int len = 0;
	bool good;

	good = X509_PUBKEY_set(&public, s->key) == 1 &&
	       X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, public) == 1 &&
	       EVP_Digest(bits, (size_t)len, sum, NULL, EVP_sha1(), NULL) == 1;
	if (good)
		memcpy(s->id, sum + sizeof(sum) - KEY_ID_SIZE, KEY_ID_SIZE);
	X509_PUBKEY_free(public);
	return good;
}

/* A certificate may name itself in another way than by SHA-1. */
static void set_certificate(struct signer *s, X509 *cert)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert);
	int len = id ? ASN1_STRING_length(id) : 0;

	s->from = seconds_of(X509_get0_notBefore(cert));
	s->until = seconds_of(X509_get0_notAfter(cert));
	if (len >= KEY_ID_SIZE)
		memcpy(s->id, ASN1_STRING_get0_data(id) + len - KEY_ID_SIZE, KEY_ID_SIZE);
}

int signers_add(struct signers *s, const char *path, char *error)
{
	struct signer new = {0};
	FILE *in = fopen(path, "re");
	X509 *cert;

	if (!in || s->n == SIGNERS_MAX) {
		snprintf(error, SIGNERS_ERROR_MAX, "%s: %s", path,
			 in ? "too many keys" : strerror(errno));
		if (in)
			fclose(in);
		return -1;
	}
	cert = read_certificate(in);
	new.key = cert ? X509_get_pubkey(cert) : read_bare(in);
	fclose(in);
	if (new.key && (EVP_PKEY_is_a(new.key, "RSA") || EVP_PKEY_is_a(new.key, "EC")) &&
	    set_id(&new)) {
		if (cert)
			set_certificate(&new, cert);
		X509_free(cert);
		s->signer[s->n++] = new;
		return 0;
	}
	X509_free(cert);
	EVP_PKEY_free(new.key);
	snprintf(error, SIGNERS_ERROR_MAX,
		 "%s: neither a certificate nor a public key, RSA or ECDSA", path);
	return -1;
}

/* A header with @len bytes in all. Return: false if it is none. */
static bool read_header(const uint8_t *p, uint32_t len, struct header *out)
{
	if (len <= HEADER_SIZE)
		return false;
	out->alg = alg_by_kernel(p[2]);
	out->id = p + 3;
	out->len = (size_t)p[7] << 8 | p[8];
	out->sig = p + HEADER_SIZE;
	return out->alg && out->len == len - HEADER_SIZE;
}

/* The header of «sig». Return: SIGNATURE_GOOD if @out is filled. */
static enum signature_class read_sig(const struct ima_entry *e, struct header *out)
{
	const uint8_t *p = e->sig.data;
	bool verity;

	if (!p || e->sig.len < 2 || (p[0] != XATTR_IMA_DIGSIG && p[0] != XATTR_VERITY_DIGSIG))
		return SIGNATURE_NONE; /* a hash in the attribute's place is no signature */
	verity = p[0] == XATTR_VERITY_DIGSIG;
	if (p[1] != 3 && (verity || p[1] != 2))
		return SIGNATURE_BAD;
	if (!read_header(p, e->sig.len, out) || verity != e->verity || out->alg != e->alg ||
	    e->digest_len != out->alg->size)
		return SIGNATURE_BAD;
	return SIGNATURE_GOOD;
}

/* What was signed: the digest, or (version 3) a digest of what kind of digest it is and of it. */
static bool signed_digest(const struct ima_entry *e, const struct header *h,
			  uint8_t out[ALG_DIGEST_MAX])
{
	uint8_t id[2 + ALG_DIGEST_MAX] = {e->sig.data[0], e->sig.data[2]};
	EVP_MD *md;
	bool good;

	memcpy(out, e->digest, h->alg->size);
	if (e->sig.data[1] == 2)
		return true;
	memcpy(id + 2, e->digest, h->alg->size);
	md = EVP_MD_fetch(NULL, h->alg->openssl, NULL);
	good = md && EVP_Digest(id, 2U + h->alg->size, out, NULL, md, NULL) == 1;
	EVP_MD_free(md);
	return good;
}

static bool verify(EVP_PKEY *key, const struct alg *alg, const uint8_t *digest, const uint8_t *sig,
		   size_t len)
{
	EVP_MD *md = EVP_MD_fetch(NULL, alg->openssl, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool good;

	good = md && ctx && EVP_PKEY_verify_init(ctx) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	       EVP_PKEY_verify(ctx, sig, len, digest, alg->size) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_free(md);
	return good;
}

static bool is_valid(const struct signer *k, int64_t now)
{
	return (!k->from || now >= k->from) && (!k->until || now <= k->until);
}

/* A signature of @digest by one of the keys that its header can mean. */
static enum signature_class check_keys(const struct signers *s, const struct header *h,
				       const uint8_t *digest, int64_t now)
{
	enum signature_class best = SIGNATURE_STRANGER, class;

	for (size_t i = 0; i < s->n; i++) {
		const struct signer *k = &s->signer[i];

		if (memcmp(k->id, h->id, KEY_ID_SIZE) != 0)
			continue;
		if (!verify(k->key, h->alg, digest, h->sig, h->len))
			class = SIGNATURE_BAD;
		else if (!is_valid(k, now))
			class = SIGNATURE_EXPIRED;
		else
			return SIGNATURE_GOOD;
		if (best != SIGNATURE_EXPIRED)
			best = class;
	}
	return best;
}

static enum signature_class check_sig(const struct signers *s, const struct ima_entry *e,
				      int64_t now)
{
	uint8_t digest[ALG_DIGEST_MAX];
	struct header h;
	enum signature_class class = read_sig(e, &h);

	if (class != SIGNATURE_GOOD)
		return class;
	return signed_digest(e, &h, digest) ? check_keys(s, &h, digest, now) : SIGNATURE_BAD;
}

static enum signature_class check_evm(const struct signers *s, const struct ima_entry *e,
				      int64_t now)
{
	const uint8_t *p = e->evmsig.data;
	uint8_t digest[ALG_DIGEST_MAX];
	struct header h;

	if (!p || e->evmsig.len < 2 || p[0] != XATTR_EVM_PORTABLE)
		return SIGNATURE_NONE;
	if (p[1] != 2 || !read_header(p, e->evmsig.len, &h) || !evm_digest(e, h.alg, digest))
		return SIGNATURE_BAD;
	return check_keys(s, &h, digest, now);
}

/* What a message is signed with. Return: NULL if it is not of the digest that was measured. */
static const ASN1_OCTET_STRING *modsig_value(CMS_ContentInfo *cms, const struct ima_entry *e)
{
	STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *one =
		sk_CMS_SignerInfo_num(all) == 1 ? sk_CMS_SignerInfo_value(all, 0) : NULL;
	const ASN1_OBJECT *object;
	X509_ALGOR *algorithm;
	EVP_MD *md;
	bool same;

	/* With attributes it would be these that are signed. */
	if (!one || CMS_signed_get_attr_count(one) > 0)
		return NULL;
	CMS_SignerInfo_get0_algs(one, NULL, NULL, &algorithm, NULL);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	md = EVP_MD_fetch(NULL, e->modsig_alg->openssl, NULL);
	same = md && OBJ_obj2nid(object) == EVP_MD_get_type(md);
	EVP_MD_free(md);
	return same ? CMS_SignerInfo_get0_signature(one) : NULL;
}

/* It names its key by its certificate's issuer, which a bare key has none of: each key is tried. */
static enum signature_class check_modsig(const struct signers *s, const struct ima_entry *e,
					 int64_t now)
{
	const unsigned char *p = e->modsig.data;
	enum signature_class class = SIGNATURE_STRANGER;
	const ASN1_OCTET_STRING *value;
	CMS_ContentInfo *cms;

	if (!e->modsig.len)
		return SIGNATURE_NONE;
	cms = e->modsig_alg ? d2i_CMS_ContentInfo(NULL, &p, (long)e->modsig.len) : NULL;
	value = cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed ? modsig_value(cms, e)
									   : NULL;
	if (!value)
		class = SIGNATURE_BAD;
	for (size_t i = 0; value && i < s->n && class != SIGNATURE_GOOD; i++)
		if (verify(s->signer[i].key, e->modsig_alg, e->modsig_digest,
			   ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)))
			class = is_valid(&s->signer[i], now) ? SIGNATURE_GOOD : SIGNATURE_EXPIRED;
	CMS_ContentInfo_free(cms);
	ERR_clear_error(); /* keys that were tried, and what is no message, leave something there */
	return class;
}

enum signature_class signers_check(const struct signers *s, const struct ima_entry *e, int64_t now)
{
	static const enum signature_class order[] = {SIGNATURE_GOOD, SIGNATURE_EXPIRED,
						     SIGNATURE_BAD, SIGNATURE_STRANGER};
	const enum signature_class class[] = {check_sig(s, e, now), check_modsig(s, e, now),
					      check_evm(s, e, now)};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (size_t k = 0; k < sizeof(class) / sizeof(class[0]); k++)
			if (class[k] == order[i])
				return order[i];
	return SIGNATURE_NONE;
}
