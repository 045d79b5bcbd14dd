/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/build.h"
#include "golden/partrecord.h"

/* The file: a head, then records. Numbers are the machine's own: nobody else reads it. */
#define MAGIC "LZPART1\n"

struct head {
	char magic[8];
	uint32_t alg;
	uint32_t split_usr;
};

/* A record: this, then @len bytes of partrecord.h's. */
struct record {
	uint8_t key[PARTIAL_KEY_SIZE];
	uint8_t sum[32]; /* SHA-256 of the bytes that follow */
	uint32_t len;
	uint32_t zero;
};

/* Where the record of an archive is. */
struct place {
	uint8_t key[PARTIAL_KEY_SIZE];
	off_t at;
	struct place *before;
};

struct partial {
	char *name;
	int fd;
	const struct alg *alg;
	pthread_mutex_t lock; /* for all that follows */
	off_t end;
	void *by_key;
	struct place *last;
	uint64_t taken;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct place *)a)->key, ((const struct place *)b)->key,
		      PARTIAL_KEY_SIZE);
}

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

static bool read_at(int fd, void *out, size_t len, off_t at)
{
	return pread(fd, out, len, at) == (ssize_t)len;
}

/* Return: the record's bytes, to be freed; NULL if it is not whole. */
static uint8_t *read_record(const struct partial *p, off_t at, struct record *r)
{
	uint8_t sum[EVP_MAX_MD_SIZE], *data;

	if (!read_at(p->fd, r, sizeof(*r), at) || r->len > PARTIAL_RECORD_MAX || r->zero)
		return NULL;
	data = malloc((size_t)r->len + 1);
	if (data && read_at(p->fd, data, r->len, at + (off_t)sizeof(*r)) &&
	    EVP_Digest(data, r->len, sum, NULL, EVP_sha256(), NULL) == 1 &&
	    !memcmp(sum, r->sum, sizeof(r->sum)))
		return data;
	free(data);
	return NULL;
}

/* Return: 0, or -1 with errno. */
static int remember(struct partial *p, const uint8_t *key, off_t at)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	memcpy(place->key, key, sizeof(place->key));
	place->at = at;
	place->before = p->last;
	p->last = place;
	return tsearch(place, &p->by_key, by_key) ? 0 : -1;
}

/* All whole records; where they end, writing goes on. Return: 0, or -1 with errno. */
static int read_all(struct partial *p)
{
	struct record r;
	uint8_t *data;

	p->end = sizeof(struct head);
	while ((data = read_record(p, p->end, &r))) {
		free(data);
		if (remember(p, r.key, p->end))
			return -1;
		p->end += (off_t)sizeof(r) + r.len;
	}
	return ftruncate(p->fd, p->end);
}

/* Return: 0, or -1 with errno. */
static int begin(struct partial *p, bool split_usr)
{
	const struct head wanted = {
		.magic = MAGIC, .alg = p->alg->id, .split_usr = (uint32_t)split_usr};
	struct head found;

	if (read_at(p->fd, &found, sizeof(found), 0) && !memcmp(&found, &wanted, sizeof(found)))
		return read_all(p);
	p->end = sizeof(wanted);
	if (ftruncate(p->fd, 0))
		return -1;
	errno = ENOSPC;
	return pwrite(p->fd, &wanted, sizeof(wanted), 0) == (ssize_t)sizeof(wanted) ? 0 : -1;
}

/* Values out of a file that others can write to would be theirs. */
static int check_owner(const struct partial *p, char *error)
{
	struct stat st;

	if (fstat(p->fd, &st))
		return fail(error, p->name, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) ||
	    st.st_nlink != 1)
		return fail(error, p->name,
			    "what an interrupted build left must be a file of yours alone: "
			    "remove it");
	if (flock(p->fd, LOCK_EX | LOCK_NB))
		return fail(error, p->name,
			    errno == EWOULDBLOCK ? "another build of this pack is going on"
						 : strerror(errno));
	return 0;
}

struct partial *partial_open(const char *output, const struct alg *alg, bool split_usr, char *error)
{
	struct partial *p = calloc(1, sizeof(*p));

	if (!p || asprintf(&p->name, "%s.partial", output) < 0) {
		free(p);
		fail(error, output, strerror(ENOMEM));
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->alg = alg;
	p->fd = open(p->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		     0600);
	if (p->fd < 0)
		fail(error, p->name, strerror(errno));
	else if (!check_owner(p, error)) {
		if (!begin(p, split_usr))
			return p;
		fail(error, p->name, strerror(errno));
	}
	partial_close(p, false);
	return NULL;
}

/* Return: where it is, or -1. */
static off_t find(struct partial *p, const uint8_t *key)
{
	struct place wanted, **found;
	off_t at;

	memcpy(wanted.key, key, sizeof(wanted.key));
	pthread_mutex_lock(&p->lock);
	found = tfind(&wanted, &p->by_key, by_key);
	at = found ? (*found)->at : -1;
	pthread_mutex_unlock(&p->lock);
	return at;
}

int partial_take(struct partial *p, const uint8_t key[PARTIAL_KEY_SIZE],
		 struct partial_archive *archive, struct values *out)
{
	off_t at = find(p, key);
	struct record r;
	uint8_t *data;
	int err;

	if (at < 0)
		return 0;
	data = read_record(p, at, &r);
	if (!data) {
		errno = EIO; /* it was whole a moment ago */
		return -1;
	}
	err = partrecord_read(data, r.len, p->alg, archive, out);
	free(data);
	if (err)
		return -1;
	pthread_mutex_lock(&p->lock);
	p->taken++;
	pthread_mutex_unlock(&p->lock);
	return 1;
}

/* Return: 0, or -1 with errno. */
static int append(struct partial *p, const struct record *r, const uint8_t *data)
{
	off_t at = p->end;

	errno = ENOSPC;
	if (pwrite(p->fd, r, sizeof(*r), at) != (ssize_t)sizeof(*r) ||
	    pwrite(p->fd, data, r->len, at + (off_t)sizeof(*r)) != (ssize_t)r->len)
		return -1;
	p->end += (off_t)sizeof(*r) + r->len;
	return remember(p, r->key, at);
}

int partial_put(struct partial *p, const uint8_t key[PARTIAL_KEY_SIZE],
		const struct partial_archive *archive, const struct golden *value, size_t n)
{
	uint8_t sum[EVP_MAX_MD_SIZE], *data;
	struct record r = {0};
	size_t len;
	int err = -1;

	data = partrecord_write(archive, value, n, &len);
	if (!data)
		return -1;
	if (len > PARTIAL_RECORD_MAX) {
		free(data);
		return 0; /* then it is read again */
	}
	r.len = (uint32_t)len;
	memcpy(r.key, key, sizeof(r.key));
	if (EVP_Digest(data, len, sum, NULL, EVP_sha256(), NULL) == 1) {
		memcpy(r.sum, sum, sizeof(r.sum));
		pthread_mutex_lock(&p->lock);
		err = append(p, &r, data);
		pthread_mutex_unlock(&p->lock);
	} else {
		errno = EIO;
	}
	free(data);
	return err;
}

uint64_t partial_taken(struct partial *p)
{
	return p->taken;
}

static void keep(void *node)
{
	(void)node; /* the list owns it */
}

void partial_close(struct partial *p, bool done)
{
	if (!p)
		return;
	if (done)
		unlink(p->name);
	tdestroy(p->by_key, keep);
	for (struct place *place = p->last, *before; place; place = before) {
		before = place->before;
		free(place);
	}
	if (p->fd >= 0)
		close(p->fd);
	pthread_mutex_destroy(&p->lock);
	free(p->name);
	free(p);
}
