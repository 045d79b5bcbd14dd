/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "common/log.h"
#include "common/seal.h"

#define HOST_KEY_FILE "host.key"
#define SALT	      "lazaret vtpm state"

static int read_key(const char *path, uint8_t *key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, key, SWTPM_KEY_SIZE);
	close(fd);
	errno = n == SWTPM_KEY_SIZE ? 0 : EINVAL;
	return n == SWTPM_KEY_SIZE ? 0 : -1;
}

/* Whole or not at all; link() does not replace one that another process made meanwhile. */
static int make_key(const char *path)
{
	uint8_t key[SWTPM_KEY_SIZE];
	char tmp[4200];
	int fd, rc = -1;

	snprintf(tmp, sizeof(tmp), "%s.%d", path, (int)getpid());
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (getrandom(key, sizeof(key), 0) == sizeof(key) &&
	    write(fd, key, sizeof(key)) == sizeof(key) && fsync(fd) == 0 &&
	    (link(tmp, path) == 0 || errno == EEXIST))
		rc = 0;
	close(fd);
	unlink(tmp);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

static int derive(const uint8_t *host, const char *uuid, uint8_t *out)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)host,
						  SWTPM_KEY_SIZE),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (char *)SALT, strlen(SALT)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)uuid,
						  strlen(uuid)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	int ok = ctx ? EVP_KDF_derive(ctx, out, SWTPM_KEY_SIZE, params) : 0;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok == 1 ? 0 : -1;
}

/* What this host derives for a VM. */
static int own(const char *dir, const char *uuid, uint8_t *out)
{
	uint8_t host[SWTPM_KEY_SIZE];
	char path[4096];
	int rc;

	snprintf(path, sizeof(path), "%s/" HOST_KEY_FILE, dir);
	rc = read_key(path, host);
	if (rc < 0 && errno == ENOENT && make_key(path) == 0)
		rc = read_key(path, host);
	if (rc < 0) {
		log_warn("%s", path);
		return -1;
	}
	rc = derive(host, uuid, out);
	OPENSSL_cleanse(host, sizeof(host));
	return rc;
}

int keys_for_vm(const char *dir, const char *uuid, uint8_t *out)
{
	uint8_t sealed[KEYS_SEALED_SIZE];
	char path[4096];
	ssize_t n;
	int fd;

	if (own(dir, uuid, out) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s/" KEYS_MOVED, dir, uuid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	n = read(fd, sealed, sizeof(sealed));
	close(fd);
	if (n == sizeof(sealed) && unseal(out, sealed, sizeof(sealed), out) == SWTPM_KEY_SIZE)
		return 0;
	log_warnx("%s: damaged", path);
	return -1;
}

int keys_seal(const char *dir, const char *uuid, const uint8_t *key, uint8_t *sealed)
{
	uint8_t mine[SWTPM_KEY_SIZE];
	int rc = own(dir, uuid, mine);

	if (!rc)
		rc = seal(mine, key, SWTPM_KEY_SIZE, sealed);
	OPENSSL_cleanse(mine, sizeof(mine));
	return rc;
}
