/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/format.h"
#include "golden/pack.h"
#include "golden/publish.h"

/* Stands before what is signed, so that no other use of the key can be taken for this one. */
static const char purpose[] = "lazaret golden pack";

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, SIGN_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

static void message_of(const uint8_t *id, uint8_t out[sizeof(purpose) + 32])
{
	memcpy(out, purpose, sizeof(purpose));
	memcpy(out + sizeof(purpose), id, 32);
}

/* Creates a file that must not exist. Return: false with errno. */
static bool write_key(const char *path, mode_t mode, EVP_PKEY *key, bool secret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (!out) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	good = secret ? PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1
		      : PEM_write_PUBKEY(out, key) == 1;
	good = good && !fflush(out) && !fsync(fd);
	if (fclose(out))
		good = false;
	if (!good)
		unlink(path);
	return good;
}

int sign_keygen(const char *path, char *error)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char *public;
	int err = -1;

	if (!key || asprintf(&public, "%s.pub", path) < 0) {
		EVP_PKEY_free(key);
		return fail(error, path, "OpenSSL made no key");
	}
	errno = EIO;
	if (!write_key(path, 0600, key, true)) {
		fail(error, path, strerror(errno));
	} else if (!write_key(public, 0644, key, false)) {
		fail(error, public, strerror(errno));
		unlink(path);
	} else {
		err = 0;
	}
	free(public);
	EVP_PKEY_free(key);
	return err;
}

/* @secret: it must be a secret key. Return: NULL after a message. */
static EVP_PKEY *read_key(const char *path, bool secret, char *error)
{
	FILE *in = fopen(path, "re");
	EVP_PKEY *key;

	if (!in) {
		fail(error, path, strerror(errno));
		return NULL;
	}
	/* Without a terminal to ask for a pass phrase at. */
	key = PEM_read_PrivateKey(in, NULL, NULL, (void *)(uintptr_t) "");
	if (!key && !secret) {
		rewind(in);
		key = PEM_read_PUBKEY(in, NULL, NULL, NULL);
	}
	fclose(in);
	if (key && EVP_PKEY_is_a(key, "ED25519"))
		return key;
	EVP_PKEY_free(key);
	fail(error, path, secret ? "not a secret key of Ed25519" : "not a key of Ed25519");
	return NULL;
}

int sign_read_public(const char *path, uint8_t key[SIGN_KEY_SIZE], char *error)
{
	EVP_PKEY *pkey = read_key(path, false, error);
	size_t len = SIGN_KEY_SIZE;
	int good = pkey && EVP_PKEY_get_raw_public_key(pkey, key, &len) == 1;

	if (pkey && !good)
		fail(error, path, "its public key can't be read");
	EVP_PKEY_free(pkey);
	return good ? 0 : -1;
}

/* Return: 0, or -1. */
static int sign_id(EVP_PKEY *key, const uint8_t *id, uint8_t signer[SIGN_KEY_SIZE],
		   uint8_t signature[SIGN_SIZE])
{
	uint8_t message[sizeof(purpose) + 32];
	size_t len = SIGN_SIZE, key_len = SIGN_KEY_SIZE;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int good;

	message_of(id, message);
	good = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	       EVP_DigestSign(ctx, signature, &len, message, sizeof(message)) == 1 &&
	       EVP_PKEY_get_raw_public_key(key, signer, &key_len) == 1;
	EVP_MD_CTX_free(ctx);
	return good ? 0 : -1;
}

bool sign_verify(const uint8_t id[32], const uint8_t key[SIGN_KEY_SIZE],
		 const uint8_t signature[SIGN_SIZE])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SIGN_KEY_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t message[sizeof(purpose) + 32];
	bool good;

	message_of(id, message);
	good = pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	       EVP_DigestVerify(ctx, signature, SIGN_SIZE, message, sizeof(message)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good;
}

static bool copy_file(int from, int to, off_t size)
{
	while (size > 0) {
		ssize_t n = sendfile(to, from, NULL, (size_t)size);

		if (n < 0)
			return false;
		if (!n) {
			errno = EIO; /* it became shorter */
			return false;
		}
		size -= n;
	}
	return true;
}

/*
 * Copies @from to @to with a signature. What is checked is the copy, which nobody else changes, and
 * is what is signed. Return: why not, or NULL.
 */
static const char *write_signed(int from, int to, EVP_PKEY *key, char why[PACK_ERROR_MAX])
{
	struct pack_trailer t;
	struct pack *pack;
	struct stat st;
	off_t at;

	if (fstat(from, &st) || !copy_file(from, to, st.st_size))
		return strerror(errno);
	pack = pack_open(to, why);
	pack_close(pack);
	if (!pack)
		return why;
	at = st.st_size - (off_t)sizeof(t);
	if (pread(to, &t, sizeof(t), at) != (ssize_t)sizeof(t))
		return strerror(errno);
	if (sign_id(key, t.sum, t.signer, t.signature))
		return "OpenSSL could not sign";
	if (pwrite(to, &t, sizeof(t), at) != (ssize_t)sizeof(t) || fchmod(to, st.st_mode & 0777) ||
	    fsync(to))
		return strerror(errno);
	return NULL;
}

int sign_pack(const char *pack, const char *key, char *error)
{
	EVP_PKEY *pkey = read_key(key, true, error);
	char why[PACK_ERROR_MAX];
	const char *wrong = NULL;
	char *temporary = NULL;
	int from = -1, to = -1;

	if (!pkey)
		return -1;
	from = open(pack, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (from < 0 || asprintf(&temporary, "%s.XXXXXX", pack) < 0)
		wrong = strerror(errno);
	else if ((to = mkostemp(temporary, O_CLOEXEC)) < 0)
		wrong = strerror(errno);
	else
		wrong = write_signed(from, to, pkey, why);
	if (!wrong && (rename(temporary, pack) || publish_sync(pack)))
		wrong = strerror(errno);
	if (wrong && to >= 0)
		unlink(temporary);
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	free(temporary);
	EVP_PKEY_free(pkey);
	return wrong ? fail(error, pack, wrong) : 0;
}
