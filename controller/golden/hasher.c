/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/hasher.h"

#include <string.h>

const char hasher_failed[] = "OpenSSL here can't compute digests of this algorithm";

const struct alg *hasher_default(void)
{
	static const char name[] = "sha256";

	return alg_by_name(name, strlen(name));
}

int hasher_open(struct hasher *h, const struct alg *alg)
{
	h->alg = alg ? alg : hasher_default();
	h->type = EVP_MD_fetch(NULL, h->alg->openssl, NULL);
	h->ctx = EVP_MD_CTX_new();
	return h->type && h->ctx && EVP_MD_get_size(h->type) == h->alg->size ? 0 : -1;
}

int hasher_start(struct hasher *h)
{
	return EVP_DigestInit_ex2(h->ctx, h->type, NULL) == 1 ? 0 : -1;
}

int hasher_add(struct hasher *h, const void *data, size_t len)
{
	return EVP_DigestUpdate(h->ctx, data, len) == 1 ? 0 : -1;
}

int hasher_end(struct hasher *h, uint8_t *digest)
{
	return EVP_DigestFinal_ex(h->ctx, digest, NULL) == 1 ? 0 : -1;
}

void hasher_close(struct hasher *h)
{
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->type);
	*h = (struct hasher){0};
}
