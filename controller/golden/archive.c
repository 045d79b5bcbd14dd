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
#include "golden/entries.h"

static const char deb_magic[] = "!<arch>\ndebian-binary";

/* The data of the outer archive's entry are an archive again. */
static ssize_t read_outer(struct archive *inner, void *outer, const void **data)
{
	size_t len = 0;
	la_int64_t offset;
	int status = archive_read_data_block(outer, data, &len, &offset);

	if (status == ARCHIVE_EOF)
		return 0;
	if (status == ARCHIVE_OK || status == ARCHIVE_WARN)
		return (ssize_t)len;
	archive_set_error(inner, archive_errno(outer), "%s", archive_error_string(outer));
	return -1;
}

static int read_control(struct entries *r, struct archive *a, struct debian_package *package)
{
	struct archive_entry *e;
	int status;

	while ((status = archive_read_next_header(a, &e)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
		const char *name = archive_entry_pathname(e);
		char *text;
		ssize_t len;
		int err;

		if (!name || strcmp(name + (strncmp(name, "./", 2) ? 0 : 2), "control"))
			continue;
		text = malloc(DEBIAN_CONTROL_MAX);
		len = text ? archive_read_data(a, text, DEBIAN_CONTROL_MAX) : -1;
		err = len < 0 || debian_parse(text, (size_t)len, package);
		free(text);
		return err ? entries_fail(r, "control", "not a package's control file") : 0;
	}
	return entries_fail(r, NULL,
			    status == ARCHIVE_EOF ? "no control file" : archive_error_string(a));
}

/* One member of a .deb, itself an archive. */
static int read_member(struct entries *r, const char *name, struct debian_package *package)
{
	struct archive *inner = archive_read_new();
	int err = -1;

	if (!inner)
		return entries_fail(r, name, strerror(ENOMEM));
	archive_read_support_format_tar(inner);
	archive_read_support_filter_all(inner);
	if (archive_read_open(inner, r->raw, NULL, read_outer, NULL) != ARCHIVE_OK)
		entries_fail(r, name, archive_error_string(inner));
	else if (package)
		err = read_control(r, inner, package);
	else
		err = entries_add(r, inner);
	archive_read_free(inner);
	return err;
}

static bool is_wanted(const struct archive_options *options, const struct debian_package *p)
{
	return !options->wanted || debian_list_find(options->wanted, p) >= 0;
}

static int read_deb(struct entries *r, const struct archive_options *options,
		    struct archive_result *result)
{
	bool control = false, data = false;
	struct archive_entry *e;
	int status, err = 0;

	while (!err && (status = archive_read_next_header(r->raw, &e)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(e);

		if (name && !control && !strncmp(name, "control.tar", 11)) {
			control = true;
			err = read_member(r, name, &result->package);
			if (!err && !is_wanted(options, &result->package)) {
				result->unwanted = true;
				return 0;
			}
		} else if (name && control && !data && !strncmp(name, "data.tar", 8)) {
			data = true;
			err = read_member(r, name, NULL);
		}
	}
	if (err)
		return -1;
	if (status != ARCHIVE_EOF)
		return entries_fail(r, NULL, archive_error_string(r->raw));
	if (!control || !data)
		return entries_fail(r, NULL, "a Debian package has control.tar and then data.tar");
	return 0;
}

static struct archive *open_at(struct entries *r, bool deb)
{
	struct archive *a = archive_read_new();

	if (!a)
		return NULL;
	if (deb) {
		archive_read_support_format_ar(a);
	} else {
		archive_read_support_filter_all(a);
		archive_read_support_format_cpio(a);
		archive_read_support_format_tar(a);
	}
	r->raw = a;
	if (archive_read_open_memory(a, r->file + r->base, r->size - r->base) == ARCHIVE_OK)
		return a;
	entries_fail(r, NULL, archive_error_string(a));
	archive_read_free(a);
	r->raw = NULL;
	return NULL;
}

/*
 * Return: 1 if another archive follows: what was read is not compressed (only then is it known
 * where it ended), and behind it are not only zeros; 0 at the end; -1 after an error.
 */
static int read_one(struct entries *r)
{
	struct archive *a = open_at(r, false);
	int err = a ? entries_add(r, a) : -1;
	bool plain = a && archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE;

	if (a && !err && plain)
		r->base += (size_t)archive_filter_bytes(a, -1);
	r->raw = NULL;
	archive_read_free(a);
	if (err || !plain)
		return err;
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
		while ((err = read_one(r)) > 0)
			;
		return err;
	}
	a = open_at(r, true);
	err = a ? read_deb(r, options, result) : -1;
	archive_read_free(a);
	return err;
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
	r.md = EVP_MD_CTX_new();
	err = r.md ? read_file(&r, options, result) : entries_fail(&r, NULL, strerror(ENOMEM));
	EVP_MD_CTX_free(r.md);
	munmap((void *)(uintptr_t)r.file, r.size);
	result->files = out->n - r.first;
	result->bytes = r.bytes;
	return err;
}
