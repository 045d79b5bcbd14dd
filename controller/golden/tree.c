/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/build.h"
#include "golden/format.h"
#include "golden/hasher.h"

/* Bytes read at once when hashing. */
#define CHUNK (1U << 18)

/* Files between two calls of progress(). */
#define PROGRESS_STEP 256

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

bool tree_is_transient(const char *path)
{
	static const char *const dirs[] = {"/proc", "/sys", "/dev", "/run", "/tmp"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (!strcmp(path, dirs[i]))
			return true;
	return false;
}

static int add_file(struct tree *t, const char *path, const struct stat *st)
{
	if (t->files == t->room) {
		size_t room = t->room ? 2 * t->room : 1024;
		struct tree_file *file = reallocarray(t->file, room, sizeof(*file));

		if (!file)
			return -1;
		t->file = file;
		t->room = room;
	}
	t->file[t->files] = (struct tree_file){
		.path = strdup(path),
		.dev = st->st_dev,
		.ino = st->st_ino,
	};
	return t->file[t->files++].path ? 0 : -1;
}

static int visit(struct tree *t, FTS *fts, FTSENT *e, char *error)
{
	const char *path = e->fts_path + strlen(t->root);

	switch (e->fts_info) {
	case FTS_D:
		if (tree_is_transient(path)) {
			fts_set(fts, e, FTS_SKIP);
			t->skipped++;
		}
		return 0;
	case FTS_F:
		if (strlen(path) > PACK_PATH_MAX)
			t->skipped++;
		else if (add_file(t, path, e->fts_statp))
			return fail(error, e->fts_path, strerror(ENOMEM));
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return fail(error, e->fts_path, strerror(e->fts_errno));
	default:
		return 0;
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

/* "/" becomes "": what fts then adds to it is the guest's path. */
static char *root_of(const char *root)
{
	char *copy = strdup(root);
	size_t len = copy ? strlen(copy) : 0;

	while (len && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

int tree_walk(struct tree *t, const char *root, bool one_file_system, char *error)
{
	char *argv[2] = {NULL, NULL};
	struct stat st;
	FTSENT *e;
	FTS *fts;
	int err = 0;

	memset(t, 0, sizeof(*t));
	t->root = root_of(root);
	if (!t->root || stat(root, &st))
		return fail(error, root, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return fail(error, root, "not a directory");
	argv[0] = *t->root ? t->root : (char *)"/";
	fts = fts_open(
		argv, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | (one_file_system ? FTS_XDEV : 0),
		NULL);
	if (!fts)
		return fail(error, root, strerror(errno));
	for (errno = 0; !err && (e = fts_read(fts)); errno = 0)
		err = visit(t, fts, e, error);
	if (!err && errno)
		err = fail(error, root, strerror(errno));
	fts_close(fts);
	if (t->files)
		qsort(t->file, t->files, sizeof(*t->file), by_path);
	return err;
}

static int read_all(int fd, struct hasher *hasher, uint8_t *chunk, uint64_t *bytes)
{
	ssize_t n;

	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (hasher_add(hasher, chunk, (size_t)n)) {
			errno = EIO;
			return -1;
		}
		*bytes += (uint64_t)n;
	}
	return 0;
}

/* What was a regular file when it was listed must still be one: a device would block. */
static int open_file(const struct tree *t, const struct tree_file *f)
{
	char *path;
	struct stat st;
	int fd;

	if (asprintf(&path, "%s%s", t->root, f->path) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	free(path);
	if (fd < 0 || (!fstat(fd, &st) && st.st_dev == f->dev && st.st_ino == f->ino))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

static int hash_file(struct tree *t, struct tree_file *f, struct hasher *hasher, uint8_t *chunk)
{
	int fd = open_file(t, f), err = -1;

	if (fd < 0)
		return -1;
	if (!hasher_start(hasher) && !read_all(fd, hasher, chunk, &t->bytes))
		err = hasher_end(hasher, f->digest);
	close(fd);
	return err;
}

static int by_inode(const void *a, const void *b)
{
	const struct tree_file *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void keep(void *node)
{
	(void)node; /* the set does not own its files */
}

int tree_hash(struct tree *t, const struct alg *alg,
	      void (*progress)(uint64_t done, uint64_t total, void *arg), void *arg, char *error)
{
	struct hasher hasher;
	uint8_t *chunk = malloc(CHUNK);
	void *seen = NULL;
	int err = hasher_open(&hasher, alg) ? fail(error, t->root, hasher_failed) : 0;

	if (!err && !chunk)
		err = fail(error, t->root, strerror(ENOMEM));

	for (size_t i = 0; i < t->files && !err; i++) {
		struct tree_file *f = &t->file[i], **first = tsearch(f, &seen, by_inode);

		if (!first)
			err = fail(error, f->path, strerror(ENOMEM));
		else if (*first != f)
			memcpy(f->digest, (*first)->digest, sizeof(f->digest));
		else if (hash_file(t, f, &hasher, chunk))
			err = fail(error, f->path, strerror(errno));
		if (progress && (i % PROGRESS_STEP == 0 || i + 1 == t->files))
			progress(i + 1, t->files, arg);
	}
	tdestroy(seen, keep);
	hasher_close(&hasher);
	free(chunk);
	return err;
}

void tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->files; i++)
		free(t->file[i].path);
	free(t->file);
	free(t->root);
}
