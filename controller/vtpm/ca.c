/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/ca.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "common/log.h"

#define YEARS(n)    (3600L * 24 * 365 * (n))
#define LIFETIME    YEARS(20)
#define SERIAL_BITS 127
#define NAME	    "Lazaret host"
#define PATH_SIZE   4200
/* TCG EK Credential Profile: tcg-kp-EKCertificate, tcg-kp-AIKCertificate. */
#define EKU_EK "2.23.133.8.1"
#define EKU_AK "2.23.133.8.3"

struct ca {
	EVP_PKEY *key;
	X509 *cert;
	char pem[CA_PEM_MAX];
};

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool set_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	bool ok = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		  BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;

	BN_free(n);
	return ok;
}

static bool set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text,
					  -1, -1, 0) == 1;
}

/* Everything but extensions and signature. @issuer: NULL: itself. */
static X509 *new_cert(EVP_PKEY *key, const char *subject, X509 *issuer)
{
	X509 *cert = X509_new();

	if (cert && X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), LIFETIME) &&
	    X509_set_pubkey(cert, key) == 1 && set_name(X509_get_subject_name(cert), subject) &&
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) == 1)
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *self_signed(EVP_PKEY *key)
{
	X509 *cert = new_cert(key, NAME, NULL);

	if (cert && add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE") &&
	    add_extension(cert, cert, NID_key_usage,
			  "critical,keyCertSign,cRLSign,digitalSignature") &&
	    add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* Whole or not at all. */
static FILE *begin_file(char *tmp, const char *path)
{
	int fd;

	snprintf(tmp, PATH_SIZE + 8, "%s.new", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int end_file(FILE *f, const char *tmp, const char *path, int ok)
{
	if (fflush(f) || fsync(fileno(f)))
		ok = 0;
	if (fclose(f))
		ok = 0;
	return ok == 1 && rename(tmp, path) == 0 ? 0 : -1;
}

static int write_key(const char *path, EVP_PKEY *key)
{
	char tmp[PATH_SIZE + 8];
	FILE *f = begin_file(tmp, path);

	return f ? end_file(f, tmp, path, PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL))
		 : -1;
}

static int write_cert(const char *path, X509 *cert)
{
	char tmp[PATH_SIZE + 8];
	FILE *f = begin_file(tmp, path);

	return f ? end_file(f, tmp, path, PEM_write_X509(f, cert)) : -1;
}

static int make(struct ca *ca, const char *key_path, const char *cert_path)
{
	ca->key = EVP_EC_gen("P-256");
	ca->cert = ca->key ? self_signed(ca->key) : NULL;
	if (!ca->cert)
		return -1;
	return write_key(key_path, ca->key) < 0 ? -1 : write_cert(cert_path, ca->cert);
}

static int load(struct ca *ca, const char *key_path, const char *cert_path)
{
	FILE *f = fopen(key_path, "re");

	if (!f)
		return -1;
	ca->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	f = fopen(cert_path, "re");
	if (f) {
		ca->cert = PEM_read_X509(f, NULL, NULL, NULL);
		fclose(f);
	} else if (ca->key) {
		/* We died in between. */
		ca->cert = self_signed(ca->key);
		if (ca->cert && write_cert(cert_path, ca->cert) < 0)
			return -1;
	}
	errno = EINVAL;
	return ca->key && ca->cert && X509_check_private_key(ca->cert, ca->key) == 1 ? 0 : -1;
}

static int to_pem(X509 *cert, char *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = bio && PEM_write_bio_X509(bio, cert) == 1 ? BIO_read(bio, pem, CA_PEM_MAX - 1) : -1;

	BIO_free(bio);
	if (n <= 0 || n >= CA_PEM_MAX - 1)
		return -1;
	pem[n] = '\0';
	return 0;
}

struct ca *ca_open(const char *dir)
{
	struct ca *ca = calloc(1, sizeof(*ca));
	char key_path[PATH_SIZE], cert_path[PATH_SIZE];
	int rc;

	snprintf(key_path, sizeof(key_path), "%s/ca.key", dir);
	snprintf(cert_path, sizeof(cert_path), "%s/ca.crt", dir);
	if (!ca || (mkdir(dir, 0700) < 0 && errno != EEXIST)) {
		log_warn("%s", dir);
		free(ca);
		return NULL;
	}
	rc = access(key_path, F_OK) < 0 ? make(ca, key_path, cert_path)
					: load(ca, key_path, cert_path);
	if (!rc && to_pem(ca->cert, ca->pem) == 0)
		return ca;
	log_warn("the certificate authority in %s can't be used", dir);
	ca_close(ca);
	return NULL;
}

void ca_close(struct ca *ca)
{
	if (!ca)
		return;
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	free(ca);
}

const char *ca_certificate(const struct ca *ca)
{
	return ca->pem;
}

static bool extend_for(X509 *cert, X509 *issuer, enum ca_kind kind)
{
	bool ak = kind == CA_ATTESTATION_KEY;

	return add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, issuer, NID_key_usage,
			     ak ? "critical,digitalSignature" : "critical,keyAgreement") &&
	       add_extension(cert, issuer, NID_ext_key_usage, ak ? EKU_AK : EKU_EK) &&
	       add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
}

int ca_issue(const struct ca *ca, enum ca_kind kind, const uint8_t *der, size_t len,
	     const char *uuid, char *pem)
{
	const unsigned char *p = der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)len);
	X509 *cert = key ? new_cert(key, uuid, ca->cert) : NULL;
	int rc = -1;

	if (cert && extend_for(cert, ca->cert, kind) && X509_sign(cert, ca->key, EVP_sha256()) > 0)
		rc = to_pem(cert, pem);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

int ca_der(const char *pem, uint8_t *der)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	int n = cert ? i2d_X509(cert, NULL) : -1;

	if (n > 0)
		n = n <= CA_PEM_MAX ? i2d_X509(cert, &der) : -1;
	X509_free(cert);
	BIO_free(bio);
	return n;
}

int ca_sign(const struct ca *ca, const void *data, size_t len, uint8_t *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = CA_SIGNATURE_MAX;
	int ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, ca->key) == 1 &&
		 EVP_DigestSign(ctx, sig, &n, data, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok ? (int)n : -1;
}
