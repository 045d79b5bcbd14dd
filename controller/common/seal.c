/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/seal.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#define NONCE_SIZE 12
#define TAG_SIZE   16

#define SCRYPT_N      (1u << 15)
#define SCRYPT_R      8
#define SCRYPT_P      1
#define SCRYPT_MEMORY (64u << 20) /* bytes it may use */

int seal_key(const void *pass, size_t len, const uint8_t salt[SEAL_SALT_SIZE],
	     uint8_t key[SEAL_KEY_SIZE])
{
	return EVP_PBE_scrypt(pass, len, salt, SEAL_SALT_SIZE, SCRYPT_N, SCRYPT_R, SCRYPT_P,
			      SCRYPT_MEMORY, key, SEAL_KEY_SIZE) == 1
		       ? 0
		       : -1;
}

int seal(const uint8_t key[SEAL_KEY_SIZE], const void *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *text = out + NONCE_SIZE, *tag = text + len;
	int n = 0, ok;

	ok = ctx && len <= INT_MAX && RAND_bytes(out, NONCE_SIZE) == 1 &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
	     EVP_EncryptUpdate(ctx, text, &n, in, (int)len) == 1 && (size_t)n == len &&
	     EVP_EncryptFinal_ex(ctx, tag, &n) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -1;
}

ssize_t unseal(const uint8_t key[SEAL_KEY_SIZE], const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t text_len = len < SEAL_OVERHEAD ? 0 : len - SEAL_OVERHEAD;
	uint8_t tag[TAG_SIZE];
	int n = 0, ok;

	ok = ctx && len >= SEAL_OVERHEAD && len <= INT_MAX;
	for (size_t i = 0; ok && i < TAG_SIZE; i++)
		tag[i] = in[len - TAG_SIZE + i];
	ok = ok && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in) == 1 &&
	     EVP_DecryptUpdate(ctx, out, &n, in + NONCE_SIZE, (int)text_len) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
	     EVP_DecryptFinal_ex(ctx, out + text_len, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? (ssize_t)text_len : -1;
}
