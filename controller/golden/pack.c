/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/pack.h"

#include <cdb.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/format.h"
#include "golden/packinside.h"

static int refuse(char *error, const char *text)
{
	snprintf(error, PACK_ERROR_MAX, "%s", text);
	return -1;
}

/* What can be told from the file alone, before it is mapped. */
static int check_file(int fd, char *error)
{
	struct stat st;

	if (fstat(fd, &st))
		return refuse(error, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(error, "not a regular file");
	if (st.st_size < (off_t)sizeof(struct pack_trailer))
		return refuse(error, "too short for a golden pack: truncated or something else");
	return 0;
}

static int check_sum(const uint8_t *file, size_t len, const uint8_t *sum, char *error)
{
	uint8_t found[EVP_MAX_MD_SIZE];

	if (EVP_Digest(file, len, found, NULL, EVP_sha256(), NULL) != 1)
		return refuse(error, "SHA-256 failed");
	if (memcmp(found, sum, 32))
		return refuse(error, "its SHA-256 is not the one it ends in: it is damaged");
	return 0;
}

static int check_name(const char *name, char *error)
{
	if (name[PACK_NAME_MAX - 1])
		return refuse(error, "its name does not end");
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			return refuse(error, "its name is not printable");
	return 0;
}

static int check_signature(struct pack *p, const struct pack_trailer *t, char *error)
{
	static const uint8_t nobody[SIGN_KEY_SIZE], nothing[SIGN_SIZE];

	if (!memcmp(t->signer, nobody, sizeof(nobody)) &&
	    !memcmp(t->signature, nothing, sizeof(nothing)))
		return 0;
	if (!sign_verify(t->sum, t->signer, t->signature))
		return refuse(error, "its signature is not by the key it names");
	p->info.is_signed = true;
	memcpy(p->info.signer, t->signer, sizeof(t->signer));
	return 0;
}

/* Older packs say less of each value, and are read as well. */
static int read_version(struct pack *p, uint32_t version, char *error)
{
	if (version == PACK_VERSION)
		p->head = sizeof(struct pack_value);
	else if (version == PACK_VERSION_PLAIN)
		p->head = offsetof(struct pack_value, origin);
	else if (version > PACK_VERSION)
		return refuse(error, "its format is of a later version than this program knows: "
				     "update the program");
	else
		return refuse(error, "its format is of an earlier version than this program "
				     "reads: build it again");
	return 0;
}

static int read_trailer(struct pack *p, const uint8_t *file, size_t size, char *error)
{
	struct pack_trailer t;
	const size_t cdb_size = size - sizeof(t);

	memcpy(&t, file + cdb_size, sizeof(t));
	if (memcmp(t.magic, PACK_MAGIC, sizeof(t.magic)))
		return refuse(error, "not a golden pack, or a truncated one");
	if (read_version(p, le32toh(t.version), error))
		return -1;
	if (le64toh(t.cdb_size) != cdb_size)
		return refuse(error, "its length is not what it says: bytes are missing or added");
	if (check_sum(file, cdb_size + offsetof(struct pack_trailer, sum), t.sum, error) ||
	    check_name(t.name, error) || check_signature(p, &t, error))
		return -1;
	memcpy(p->info.name, t.name, sizeof(t.name));
	memcpy(p->info.id, t.sum, sizeof(t.sum));
	p->info.built = le64toh(t.built);
	p->info.serial = le32toh(t.serial);
	p->info.paths = le64toh(t.paths);
	p->info.digests = le64toh(t.digests);
	return 0;
}

struct pack *pack_open(int fd, char *error)
{
	struct pack *p;
	const uint8_t *file;

	if (check_file(fd, error))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p || cdb_init(&p->cdb, fd)) {
		refuse(error, p && errno == EPROTO ? "not a golden pack" : strerror(errno));
		free(p);
		return NULL;
	}
	file = cdb_get(&p->cdb, p->cdb.cdb_fsize, 0);
	if (!file || p->cdb.cdb_fsize < sizeof(struct pack_trailer) ||
	    table_init(&p->table, file, p->cdb.cdb_fsize)) {
		refuse(error, "not a golden pack");
		goto fail;
	}
	if (read_trailer(p, file, p->cdb.cdb_fsize, error))
		goto fail;
	return p;
fail:
	pack_close(p);
	return NULL;
}

struct pack *pack_open_path(const char *path, char *error)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct pack *pack;

	if (fd < 0) {
		refuse(error, strerror(errno));
		return NULL;
	}
	pack = pack_open(fd, error);
	close(fd);
	return pack;
}

void pack_close(struct pack *p)
{
	if (!p)
		return;
	cdb_free(&p->cdb);
	free(p);
}

const struct pack_info *pack_info(const struct pack *p)
{
	return &p->info;
}
