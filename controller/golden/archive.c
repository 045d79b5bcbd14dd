/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/build.h"
#include "golden/cpio.h"
#include "golden/deb.h"
#include "golden/entries.h"

static const char deb_magic[] = "!<arch>\ndebian-binary";

/* How what begins at r->base is to be read. */
enum shape { SHAPE_DEB, SHAPE_TAR, SHAPE_PACKED };

/* Return: NULL after a message. */
static struct archive *open_at(struct entries *r, enum shape shape)
{
	struct archive *a = archive_read_new();

	if (!a) {
		entries_fail(r, NULL, strerror(ENOMEM));
		return NULL;
	}
	if (shape == SHAPE_DEB)
		archive_read_support_format_ar(a);
	else
		entries_filters(a);
	if (shape == SHAPE_TAR)
		archive_read_support_format_tar(a);
	if (shape == SHAPE_PACKED)
		archive_read_support_format_raw(a);
	r->raw = a;
	if (archive_read_open_memory(a, r->file + r->base, r->size - r->base) == ARCHIVE_OK)
		return a;
	entries_fail(r, NULL, archive_error_string(a));
	archive_read_free(a);
	r->raw = NULL;
	return NULL;
}

static void close_archive(struct entries *r, struct archive *a)
{
	archive_read_free(a);
	r->raw = NULL;
}

/* Return: as read_one()'s. */
static int read_tar(struct entries *r)
{
	struct archive *a = open_at(r, SHAPE_TAR);
	int err = a ? entries_add(r, a) : -1;
	bool plain = a && archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE;

	if (a && !err && plain)
		r->base += (size_t)archive_filter_bytes(a, -1);
	close_archive(r, a);
	return err ? err : plain;
}

static int read_cpio(struct entries *r)
{
	struct cpio c = {.data = r->file + r->base, .left = r->size - r->base};
	int err;

	r->at = 0;
	err = cpio_add(r, &c);
	if (err)
		return -1;
	r->base = r->size - c.left;
	return 1;
}

/* Return: 1 if it was a cpio archive, packed, and has been read; 0 if it is none; -1 after an error. */
static int read_packed_cpio(struct entries *r)
{
	struct archive *a = open_at(r, SHAPE_PACKED);
	uint8_t magic[CPIO_MAGIC_SIZE];
	struct cpio c = {.data = magic, .left = sizeof(magic), .more = a};
	struct archive_entry *e;
	int is = a ? 0 : -1;

	if (a && archive_read_next_header(a, &e) == ARCHIVE_OK &&
	    archive_filter_code(a, 0) != ARCHIVE_FILTER_NONE &&
	    archive_read_data(a, magic, sizeof(magic)) == (ssize_t)sizeof(magic) && cpio_is(magic))
		is = cpio_add(r, &c) ? -1 : 1;
	close_archive(r, a);
	return is;
}

/*
 * Return: 1 if another archive follows: what was read is not compressed (only then is it known
 * where it ended), and behind it are not only zeros; 0 at the end; -1 after an error.
 */
static int read_one(struct entries *r)
{
	int more;

	if (r->size - r->base >= CPIO_MAGIC_SIZE && cpio_is(r->file + r->base)) {
		more = read_cpio(r);
	} else {
		more = read_packed_cpio(r);
		if (more)
			return more < 0 ? -1 : 0;
		more = read_tar(r);
	}
	if (more <= 0)
		return more;
	links_settle(&r->links); /* numbers of inodes begin anew */
	while (r->base < r->size && !r->file[r->base])
		r->base++;
	return r->base < r->size;
}

static int read_file(struct entries *r, const struct archive_options *options,
		     struct archive_result *result)
{
	struct archive *a;
	int err;

	if (r->size <= strlen(deb_magic) || memcmp(r->file, deb_magic, strlen(deb_magic))) {
		r->split_usr = true; /* a whole tree has its files where they are */
		while ((err = read_one(r)) > 0)
			;
		return err;
	}
	a = open_at(r, SHAPE_DEB);
	err = a ? deb_read(r, options, result) : -1;
	close_archive(r, a);
	return err;
}

/* Return: 1 if all is known that is to be known of it, 0 if it is to be read, -1 after a message. */
static int take_known(struct entries *r, const struct archive_options *options,
		      struct archive_result *result)
{
	struct partial_archive known;
	size_t before = r->out->n;
	int found = partial_take(options->partial, r->sum, &known, r->out);

	if (found <= 0)
		return found ? entries_fail(r, NULL, strerror(errno)) : 0;
	result->package = known.package;
	r->bytes = known.bytes;
	if (!known.package.name[0])
		return 1;
	if (!deb_is_wanted(options, &known.package)) {
		result->unwanted = true;
		r->bytes = 0;
		values_drop(r->out, before);
	} else if (!deb_is_listed(options, &known.package, r->sum)) {
		return entries_fail(r, NULL, entries_other_sum);
	}
	return 1;
}

/* An archive whose bytes are known is not unpacked. */
static int read_or_take(struct entries *r, const struct archive_options *options,
			struct archive_result *result)
{
	struct partial_archive now = {0};
	int err = options->partial ? take_known(r, options, result) : 0;

	if (err)
		return err < 0 ? -1 : 0;
	err = read_file(r, options, result);
	links_settle(&r->links);
	if (err || !options->partial || result->unwanted)
		return err;
	now.package = result->package;
	now.bytes = r->bytes;
	if (partial_put(options->partial, r->sum, &now, r->out->value + r->first,
			r->out->n - r->first))
		return entries_fail(r, NULL, strerror(errno));
	return 0;
}

/* Return: 0, or -1 with errno. */
static int map_file(struct entries *r)
{
	int fd = open(r->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	void *file = MAP_FAILED;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		; /* errno is set */
	else if (!S_ISREG(st.st_mode) || !st.st_size)
		errno = EINVAL;
	else
		file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return -1;
	r->file = file;
	r->size = (size_t)st.st_size;
	return 0;
}

int archive_values(const char *path, const struct archive_options *options, struct values *out,
		   struct archive_result *result, char *error)
{
	struct entries r = {.path = path,
			    .split_usr = options->split_usr,
			    .out = out,
			    .first = out->n,
			    .error = error};
	int err;

	*result = (struct archive_result){0};
	if (map_file(&r))
		return entries_fail(&r, NULL,
				    errno == EINVAL ? "empty, or not a file" : strerror(errno));
	r.links.digest_size = (options->alg ? options->alg : hasher_default())->size;
	if (hasher_open(&r.hasher, options->alg) ||
	    EVP_Digest(r.file, r.size, r.sum, NULL, EVP_sha256(), NULL) != 1)
		err = entries_fail_hash(&r, NULL);
	else
		err = read_or_take(&r, options, result);
	links_settle(&r.links);
	hasher_close(&r.hasher);
	munmap((void *)(uintptr_t)r.file, r.size);
	result->files = out->n - r.first;
	result->bytes = r.bytes;
	return err;
}
