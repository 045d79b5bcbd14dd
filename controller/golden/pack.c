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
#include "golden/table.h"

struct pack {
	struct cdb cdb; /* keeps the file mapped */
	struct table table;
	struct pack_info info;
};

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

static int read_trailer(struct pack *p, const uint8_t *file, size_t size, char *error)
{
	struct pack_trailer t;
	const size_t cdb_size = size - sizeof(t);

	memcpy(&t, file + cdb_size, sizeof(t));
	if (memcmp(t.magic, PACK_MAGIC, sizeof(t.magic)))
		return refuse(error, "not a golden pack, or a truncated one");
	if (le32toh(t.version) != PACK_VERSION)
		return refuse(error, "its format is of another version than this program knows");
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

/* The digest at the start of a path's row. Return: its bytes with its head, 0 if malformed. */
static uint32_t next_digest(const uint8_t *value, uint32_t len, const struct alg **alg)
{
	const struct pack_value *v = (const struct pack_value *)value;

	*alg = len >= sizeof(*v) ? alg_by_id(v->alg) : NULL;
	if (!*alg || v->size != (*alg)->size || len < sizeof(*v) + v->size)
		return 0;
	return (uint32_t)sizeof(*v) + v->size;
}

/*
 * Walks a path's digests. Return: 1 if @digest is one of them; 0 if not, with the first
 * of its algorithm, or the first of all, as expected, unless @out has such a one already;
 * -1 if the row is malformed.
 */
static int match_path(const uint8_t *value, uint32_t len, const struct alg *alg,
		      const uint8_t *digest, struct pack_answer *out)
{
	if (!len)
		return -1;
	while (len) {
		const struct pack_value *v = (const struct pack_value *)value;
		const struct alg *a;
		uint32_t size = next_digest(value, len, &a);
		bool good = a == alg && size && !memcmp(v->digest, digest, a->size);

		if (!size)
			return -1;
		if (good || !out->expected || (a == alg && out->alg != alg)) {
			out->alg = a;
			out->expected = v->digest;
		}
		if (good)
			return 1;
		value += size;
		len -= size;
	}
	return 0;
}

uint32_t pack_hash_path(const char *path, uint32_t path_len)
{
	static const uint8_t kind = PACK_KEY_PATH;

	return table_hash(table_hash(TABLE_HASH_START, &kind, sizeof(kind)), path, path_len);
}

uint32_t pack_hash_digest(const struct alg *alg, const uint8_t *digest)
{
	const uint8_t head[] = {PACK_KEY_DIGEST, alg->id};

	return table_hash(table_hash(TABLE_HASH_START, head, sizeof(head)), digest, alg->size);
}

void pack_ask(const struct pack *p, uint32_t hash)
{
	table_ask(&p->table, hash);
}

void pack_ask_record(const struct pack *p, uint32_t hash)
{
	table_ask_record(&p->table, hash);
}

enum pack_class pack_find_path(const struct pack *p, uint32_t hash, const struct alg *alg,
			       const uint8_t *digest, const char *path, uint32_t path_len,
			       struct pack_answer *out)
{
	static const uint8_t kind = PACK_KEY_PATH;
	const struct table_key key = {hash, &kind, sizeof(kind), path, path_len};
	const uint8_t *value;
	uint32_t len;
	int found;

	if (path_len > PACK_PATH_MAX)
		return PACK_UNKNOWN;
	found = table_find(&p->table, &key, &value, &len);
	if (!found)
		return PACK_UNKNOWN;
	if (found > 0)
		found = match_path(value, len, alg, digest, out);
	if (found < 0)
		return PACK_ERROR;
	return found ? PACK_GOOD : PACK_OTHER_DIGEST;
}

enum pack_class pack_find_digest(const struct pack *p, uint32_t hash, const struct alg *alg,
				 const uint8_t *digest, struct pack_answer *out)
{
	const uint8_t head[] = {PACK_KEY_DIGEST, alg->id};
	const struct table_key key = {hash, head, sizeof(head), digest, alg->size};
	const uint8_t *value;
	uint32_t len;
	int found = table_find(&p->table, &key, &value, &len);

	if (found <= 0)
		return found ? PACK_ERROR : PACK_UNKNOWN;
	out->path = (const char *)value;
	out->path_len = len;
	return PACK_ELSEWHERE;
}

enum pack_class pack_lookup(const struct pack *p, const struct alg *alg, const uint8_t *digest,
			    const char *path, uint32_t path_len, struct pack_answer *out)
{
	enum pack_class by_path, by_digest;

	memset(out, 0, sizeof(*out));
	by_path =
		pack_find_path(p, pack_hash_path(path, path_len), alg, digest, path, path_len, out);
	if (by_path == PACK_GOOD || by_path == PACK_ERROR)
		return by_path;
	by_digest = pack_find_digest(p, pack_hash_digest(alg, digest), alg, digest, out);
	return by_digest == PACK_UNKNOWN ? by_path : by_digest;
}

/* Takes the algorithms of one path's digests out of those that every path so far has. */
static int keep_algs(const uint8_t *value, uint32_t len, uint32_t *algs)
{
	uint32_t here = 0, size;
	const struct alg *alg;

	for (; len; value += size, len -= size) {
		size = next_digest(value, len, &alg);
		if (!size)
			return -1;
		here |= UINT32_C(1) << alg->id;
	}
	*algs &= here;
	return 0;
}

uint32_t pack_algs(const struct pack *p)
{
	struct cdb cdb = p->cdb;
	uint32_t algs = UINT32_MAX;
	unsigned int at;
	int found = 0;

	cdb_seqinit(&at, &cdb);
	while (algs && (found = cdb_seqnext(&at, &cdb)) > 0) {
		const uint8_t *key = cdb_getkey(&cdb), *value = cdb_getdata(&cdb);

		if (!key || !value || !cdb_keylen(&cdb))
			return 0;
		if (key[0] == PACK_KEY_PATH && keep_algs(value, cdb_datalen(&cdb), &algs))
			return 0;
	}
	return found < 0 ? 0 : algs;
}

int pack_each(const struct pack *p,
	      int (*each)(void *arg, const char *path, uint32_t path_len, const struct alg *alg,
			  const uint8_t *digest),
	      void *arg)
{
	struct cdb cdb = p->cdb;
	unsigned int at;
	int found, status = 0;

	cdb_seqinit(&at, &cdb);
	while (!status && (found = cdb_seqnext(&at, &cdb)) > 0) {
		const uint8_t *key = cdb_getkey(&cdb), *value = cdb_getdata(&cdb);
		uint32_t key_len = cdb_keylen(&cdb), len = cdb_datalen(&cdb), size;
		const struct alg *alg;

		if (!key || !value || !key_len || !len)
			return -1;
		if (key[0] != PACK_KEY_PATH)
			continue;
		if (key_len > 1 + PACK_PATH_MAX || len > PACK_VALUE_MAX)
			return -1;
		for (; len && !status; value += size, len -= size) {
			size = next_digest(value, len, &alg);
			if (!size)
				return -1;
			status = each(arg, (const char *)key + 1, key_len - 1, alg,
				      value + sizeof(struct pack_value));
		}
	}
	return found < 0 ? -1 : status;
}
