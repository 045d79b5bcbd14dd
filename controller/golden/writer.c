/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/writer.h"

#include <cdb.h>
#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/bytes.h"
#include "golden/format.h"
#include "golden/origins.h"

/* The database under construction, and one path's digests before they are added to it. */
struct writer {
	struct cdb_make cdb;
	struct pack_trailer trailer;
	struct origins origins;
	uint8_t key[1 + PACK_PATH_MAX];
	uint32_t key_len;
	uint8_t value[PACK_VALUE_MAX];
	uint32_t value_len;
};

static char blank(char c)
{
	return c == ' ' ? '_' : c;
}

/* Order of paths as IMA writes them: two of them may be one to it. */
static int compare_paths(const char *a, const char *b)
{
	for (; *a && blank(*a) == blank(*b); a++, b++)
		;
	return (unsigned char)blank(*a) - (unsigned char)blank(*b);
}

static int compare_digests(const struct golden *a, const struct golden *b)
{
	if (a->alg != b->alg)
		return a->alg->id - b->alg->id;
	return memcmp(a->digest, b->digest, a->alg->size);
}

/* One value after the other, and of each the latest version first. */
static int by_value(const void *a, const void *b)
{
	const struct golden *x = a, *y = b;
	int order = compare_paths(x->path, y->path);

	if (!order)
		order = compare_digests(x, y);
	return order ? order : origins_order(x->origin, y->origin);
}

/* Of one path: what a guest should have is of the latest version, and that is found first. */
static int by_version(const void *a, const void *b)
{
	const struct golden *x = a, *y = b;
	int order = x->alg->id - y->alg->id;

	if (!order)
		order = origins_order(x->origin, y->origin);
	return order ? order : compare_digests(x, y);
}

static int by_digest(const void *a, const void *b)
{
	int order = compare_digests(a, b);

	return order ? order : by_value(a, b);
}

static int set_key(struct writer *w, const char *path)
{
	size_t len = strlen(path);

	if (len > PACK_PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	w->key[0] = PACK_KEY_PATH;
	for (size_t i = 0; i < len; i++)
		w->key[1 + i] = (uint8_t)blank(path[i]);
	w->key_len = 1 + (uint32_t)len;
	return 0;
}

static int add_value(struct writer *w, const struct golden *g)
{
	struct pack_value v = {.alg = g->alg->id, .size = g->alg->size};

	if (w->value_len + sizeof(v) + g->alg->size > sizeof(w->value)) {
		errno = E2BIG;
		return -1;
	}
	put_le32(v.origin, origins_number(&w->origins, g->origin));
	memcpy(w->value + w->value_len, &v, sizeof(v));
	memcpy(w->value + w->value_len + sizeof(v), g->digest, g->alg->size);
	w->value_len += (uint32_t)sizeof(v) + g->alg->size;
	return 0;
}

/*
 * Sorts, and moves what is there again behind all else: the values are still all there, as
 * somebody owns them. Return: number of different ones.
 */
static size_t make_unique(struct golden *golden, size_t n)
{
	size_t kept = 0;

	qsort(golden, n, sizeof(*golden), by_value);
	for (size_t i = 0; i < n; i++) {
		struct golden g = golden[i];

		if (kept && !compare_paths(golden[kept - 1].path, g.path) &&
		    !compare_digests(&golden[kept - 1], &g))
			continue;
		golden[i] = golden[kept];
		golden[kept++] = g;
	}
	return kept;
}

static int add_paths(struct writer *w, struct golden *golden, size_t n)
{
	for (size_t i = 0, next; i < n; i = next) {
		for (next = i + 1; next < n && !compare_paths(golden[i].path, golden[next].path);
		     next++)
			;
		if (next > i + 1)
			qsort(&golden[i], next - i, sizeof(*golden), by_version);
		if (set_key(w, golden[i].path))
			return -1;
		w->value_len = 0;
		for (size_t k = i; k < next; k++)
			if (add_value(w, &golden[k]))
				return -1;
		if (cdb_make_add(&w->cdb, w->key, w->key_len, w->value, w->value_len))
			return -1;
		w->trailer.paths++;
	}
	return 0;
}

/* The value of a digest is the first of its paths. */
static int add_digests(struct writer *w, struct golden *golden, size_t n)
{
	uint8_t key[PACK_DIGEST_KEY_MAX] = {PACK_KEY_DIGEST};

	qsort(golden, n, sizeof(*golden), by_digest);
	for (size_t i = 0; i < n; i++) {
		const struct golden *g = &golden[i];

		if (i && !compare_digests(&golden[i - 1], g))
			continue;
		key[1] = g->alg->id;
		memcpy(key + 2, g->digest, g->alg->size);
		if (set_key(w, g->path) ||
		    cdb_make_add(&w->cdb, key, 2U + g->alg->size, w->key + 1, w->key_len - 1))
			return -1;
		w->trailer.digests++;
	}
	return 0;
}

static int hash_file(int fd, size_t size, const struct pack_trailer *t, uint8_t *sum)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	void *file = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	int err = -1;

	if (ctx && file != MAP_FAILED && EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, file, size) == 1 &&
	    EVP_DigestUpdate(ctx, t, offsetof(struct pack_trailer, sum)) == 1 &&
	    EVP_DigestFinal_ex(ctx, sum, NULL) == 1)
		err = 0;
	if (file != MAP_FAILED)
		munmap(file, size);
	EVP_MD_CTX_free(ctx);
	return err;
}

static int add_trailer(struct writer *w, int fd, const struct pack_label *label)
{
	struct pack_trailer *t = &w->trailer;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return -1;
	memcpy(t->name, label->name, strnlen(label->name, sizeof(t->name) - 1));
	t->serial = htole32(label->serial);
	memcpy(t->magic, PACK_MAGIC, sizeof(t->magic));
	t->version = htole32(PACK_VERSION);
	t->built = htole64(label->built);
	t->paths = htole64(t->paths);
	t->digests = htole64(t->digests);
	t->cdb_size = htole64((uint64_t)st.st_size);
	if (hash_file(fd, (size_t)st.st_size, t, t->sum))
		return -1;
	n = pwrite(fd, t, sizeof(*t), st.st_size);
	if (n >= 0 && n != (ssize_t)sizeof(*t))
		errno = ENOSPC;
	return n == (ssize_t)sizeof(*t) ? 0 : -1;
}

static int add_all(struct writer *w, struct golden *golden, size_t n)
{
	n = make_unique(golden, n);
	return origins_collect(&w->origins, golden, n) || add_paths(w, golden, n) ||
			       add_digests(w, golden, n) || origins_write(&w->origins, &w->cdb)
		       ? -1
		       : 0;
}

int pack_write(int fd, struct golden *golden, size_t n, const struct pack_label *label)
{
	struct writer *w = calloc(1, sizeof(*w));
	int err = -1, error;

	if (!w || cdb_make_start(&w->cdb, fd))
		goto out;
	err = add_all(w, golden, n);
	error = errno;
	/* Also frees what it was given, so that it is called in any case. */
	if (cdb_make_finish(&w->cdb) && !err) {
		error = errno;
		err = -1;
	}
	errno = error;
	if (!err)
		err = add_trailer(w, fd, label);
out:
	if (w)
		origins_free(&w->origins);
	free(w);
	return err;
}
