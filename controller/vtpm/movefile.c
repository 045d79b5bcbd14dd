/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/movefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/hex.h"
#include "golden/publish.h"
#include "vtpm/ca.h"
#include "vtpm/mark.h"
#include "vtpm/remove.h"

#define PATH_SIZE 4400
#define FILE_MAX  (1u << 20) /* bytes; swtpm's state has some ten thousands */

#define STATE_FILE "state/tpm2-00.permall"
#define CERT_FILE  "ek.crt"

/* What a domain that runs has besides these (its list of extends, its start) ends with it. */
static const char *const files[] = {STATE_FILE, CERT_FILE};

#define FILES (sizeof(files) / sizeof(*files))

static json_t *read_hex(const char *path)
{
	FILE *in = fopen(path, "re");
	uint8_t *data = malloc(FILE_MAX);
	char *hex = malloc(2 * FILE_MAX + 1);
	json_t *out = NULL;
	size_t n = in && data && hex ? fread(data, 1, FILE_MAX, in) : 0;

	if (n && n < FILE_MAX && !ferror(in)) {
		hex_encode(hex, data, n);
		out = json_string(hex);
	}
	if (in)
		fclose(in);
	free(data);
	free(hex);
	return out;
}

const char *movefile_gather(const char *folder, json_t *vm)
{
	char path[PATH_SIZE], text[MARK_SIZE];
	json_t *all = json_object();

	json_object_set_new(vm, "files", all);
	if (mark_get(folder, MARK_SAVED, text))
		return "its VM was saved to a file, which this TPM belongs to: restore it, and "
		       "shut it down";
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		if (json_object_set_new(all, files[i], read_hex(path)) < 0)
			return "it has no TPM here, or its files can't be read (only root can)";
	}
	return NULL;
}

const char *movefile_begin(const char *folder)
{
	char state[PATH_SIZE];

	snprintf(state, sizeof(state), "%s/state", folder);
	if (vtpm_remove_folder(folder) < 0 || mkdir(folder, 0700) < 0 || mkdir(state, 0700) < 0)
		return strerror(errno);
	return NULL;
}

int movefile_write(const char *folder, const char *name, const void *data, size_t len)
{
	char path[PATH_SIZE];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = write(fd, data, len) == (ssize_t)len && fsync(fd) == 0 ? 0 : -1;
	close(fd);
	return rc;
}

static const char *write_one(const char *folder, const char *name, const char *hex)
{
	size_t len = hex ? strlen(hex) / 2 : 0;
	uint8_t *data = len && len < FILE_MAX ? malloc(len) : NULL;
	const char *why = NULL;

	if (!data || hex_decode(data, len, hex) != (int)len)
		why = "it was written by another version of Lazaret";
	else if (movefile_write(folder, name, data, len) < 0)
		why = strerror(errno);
	free(data);
	return why;
}

const char *movefile_scatter(const char *folder, const json_t *vm)
{
	const json_t *all = json_object_get(vm, "files");
	const char *why = NULL;

	for (size_t i = 0; !why && i < FILES; i++)
		why = write_one(folder, files[i],
				json_string_value(json_object_get(all, files[i])));
	return why;
}

/* Return: the bytes of the SubjectPublicKeyInfo, to be freed by OPENSSL_free(); NULL if unreadable. */
static uint8_t *key_of(const char *path, int *len)
{
	FILE *in = fopen(path, "re");
	X509 *cert = in ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
	uint8_t *der = NULL;

	*len = key ? i2d_PUBKEY(key, &der) : -1;
	X509_free(cert);
	if (in)
		fclose(in);
	return *len > 0 ? der : NULL;
}

const char *movefile_endorse(const char *folder, const char *ca_dir, const json_t *vm)
{
	const char *uuid = json_string_value(json_object_get(vm, "uuid"));
	char path[PATH_SIZE], pem[CA_PEM_MAX];
	const char *why = NULL;
	struct ca *ca = NULL;
	uint8_t *der;
	int len;

	snprintf(path, sizeof(path), "%s/" CERT_FILE, folder);
	der = key_of(path, &len);
	if (der)
		ca = ca_open(ca_dir);
	if (!ca || ca_issue(ca, CA_ENDORSEMENT_KEY, der, (size_t)len, uuid, pem) < 0)
		why = "its endorsement key can't be certified";
	else if (unlink(path) < 0 || movefile_write(folder, CERT_FILE, pem, strlen(pem)) < 0)
		why = strerror(errno);
	ca_close(ca);
	OPENSSL_free(der);
	return why;
}

const char *movefile_undo(const char *fresh, const char *why)
{
	vtpm_remove_folder(fresh);
	return why;
}

const char *movefile_commit(const char *fresh, const char *folder)
{
	if (vtpm_remove_folder(folder) < 0 || rename(fresh, folder) < 0 || publish_sync(folder) < 0)
		return movefile_undo(fresh, strerror(errno));
	return NULL;
}
