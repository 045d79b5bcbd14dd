/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/signers.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kernel: security/integrity/integrity.h, enum evm_ima_xattr_type. */
#define XATTR_IMA_DIGSIG    3
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
	bool verity;
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

/* Kernel: include/uapi/linux/hash_info.h, enum hash_algo; NULL: one that we do not know. */
static const struct alg *alg_of(uint8_t number)
{
	static const char *const names[] = {
		[1] = "md5",	   [2] = "sha1",      [3] = "rmd160",	 [4] = "sha256",
		[5] = "sha384",	   [6] = "sha512",    [7] = "sha224",	 [17] = "sm3",
		[20] = "sha3-256", [21] = "sha3-384", [22] = "sha3-512",
	};

	if (number >= sizeof(names) / sizeof(names[0]) || !names[number])
		return NULL;
	return alg_by_name(names[number], strlen(names[number]));
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

/* Return: SIGNATURE_GOOD if @out is filled. */
static enum signature_class read_header(const struct ima_entry *e, struct header *out)
{
	const uint8_t *p = e->sig.data;

	if (!p || e->sig.len < 2 || (p[0] != XATTR_IMA_DIGSIG && p[0] != XATTR_VERITY_DIGSIG))
		return SIGNATURE_NONE; /* a hash in the attribute's place is no signature */
	if (e->sig.len <= HEADER_SIZE || (p[0] == XATTR_IMA_DIGSIG && p[1] != 2 && p[1] != 3) ||
	    (p[0] == XATTR_VERITY_DIGSIG && p[1] != 3))
		return SIGNATURE_BAD;
	out->verity = p[0] == XATTR_VERITY_DIGSIG;
	out->alg = alg_of(p[2]);
	out->id = p + 3;
	out->len = (size_t)p[7] << 8 | p[8];
	out->sig = p + HEADER_SIZE;
	if (!out->alg || out->len != e->sig.len - HEADER_SIZE || out->verity != e->verity ||
	    out->alg != e->alg || e->digest_len != out->alg->size)
		return SIGNATURE_BAD;
	return SIGNATURE_GOOD;
}

/* What was signed: the digest, or (version 3) a digest of what kind of digest it is and of it. */
static bool signed_digest(const struct ima_entry *e, const struct header *h, const EVP_MD *md,
			  uint8_t out[ALG_DIGEST_MAX])
{
	uint8_t id[2 + ALG_DIGEST_MAX] = {e->sig.data[0], e->sig.data[2]};

	if (e->sig.data[1] == 2) {
		memcpy(out, e->digest, h->alg->size);
		return true;
	}
	memcpy(id + 2, e->digest, h->alg->size);
	return EVP_Digest(id, 2U + h->alg->size, out, NULL, md, NULL) == 1;
}

static bool verify(EVP_PKEY *key, const struct ima_entry *e, const struct header *h)
{
	EVP_MD *md = EVP_MD_fetch(NULL, h->alg->openssl, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t digest[ALG_DIGEST_MAX];
	bool good;

	good = md && ctx && signed_digest(e, h, md, digest) && EVP_PKEY_verify_init(ctx) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	       EVP_PKEY_verify(ctx, h->sig, h->len, digest, h->alg->size) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_free(md);
	return good;
}

enum signature_class signers_check(const struct signers *s, const struct ima_entry *e, int64_t now)
{
	enum signature_class best = SIGNATURE_STRANGER, class;
	struct header h;

	class = read_header(e, &h);
	if (class != SIGNATURE_GOOD)
		return class;
	for (size_t i = 0; i < s->n; i++) {
		const struct signer *k = &s->signer[i];

		if (memcmp(k->id, h.id, KEY_ID_SIZE) != 0)
			continue;
		if (!verify(k->key, e, &h))
			class = SIGNATURE_BAD;
		else if ((k->from && now < k->from) || (k->until && now > k->until))
			class = SIGNATURE_EXPIRED;
		else
			return SIGNATURE_GOOD;
		if (best != SIGNATURE_EXPIRED)
			best = class;
	}
	return best;
}
