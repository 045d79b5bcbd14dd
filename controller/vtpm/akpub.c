/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/akpub.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#define COORDINATE 32
#define POINT	   (1 + 2 * COORDINATE)

/* Coordinates may have lost their leading zeros. */
static int put_coordinate(uint8_t *out, const TPM2B_ECC_PARAMETER *value)
{
	if (value->size > COORDINATE)
		return -1;
	memset(out, 0, COORDINATE);
	memcpy(out + COORDINATE - value->size, value->buffer, value->size);
	return 0;
}

static EVP_PKEY *key_of(const uint8_t *point)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"P-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point,
						  POINT),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

int akpub_der(const TPMT_PUBLIC *public, uint8_t *out, size_t size, uint32_t *len)
{
	uint8_t point[POINT] = {0x04}, *der = NULL;
	EVP_PKEY *key;
	int n;

	if (public->type != TPM2_ALG_ECC ||
	    public->parameters.eccDetail.curveID != TPM2_ECC_NIST_P256 ||
	    put_coordinate(point + 1, &public->unique.ecc.x) < 0 ||
	    put_coordinate(point + 1 + COORDINATE, &public->unique.ecc.y) < 0)
		return -1;
	key = key_of(point);
	n = key ? i2d_PUBKEY(key, &der) : -1;
	EVP_PKEY_free(key);
	if (n > 0 && (size_t)n <= size) {
		memcpy(out, der, (size_t)n);
		*len = (uint32_t)n;
	} else {
		n = -1;
	}
	OPENSSL_free(der);
	return n < 0 ? -1 : 0;
}
