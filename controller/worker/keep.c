/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/keep.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "golden/hasher.h"

#define CHUNK	   65536
#define NAMES_SIZE 4096 /* of all extended attributes of a file; one with more is kept without */
#define VALUE_SIZE 65536

struct keep {
	struct archive *out;
	int fd;
};

struct keep *keep_open(const char *device)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->out = archive_write_new();
	k->fd = open(device, O_WRONLY | O_CLOEXEC);
	if (k->fd >= 0 && k->out && archive_write_set_format_pax_restricted(k->out) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(k->out, 0) == ARCHIVE_OK &&
	    archive_write_open_fd(k->out, k->fd) == ARCHIVE_OK)
		return k;
	archive_write_free(k->out);
	free(k);
	return NULL;
}

static void add_xattrs(struct archive_entry *e, int fd)
{
	static char names[NAMES_SIZE], value[VALUE_SIZE];
	ssize_t len = flistxattr(fd, names, sizeof(names));

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t n = fgetxattr(fd, names + at, value, sizeof(value));

		if (n >= 0)
			archive_entry_xattr_add_entry(e, names + at, value, (size_t)n);
	}
}

/* A file that is shorter than it said is filled up with zeros by libarchive, and has another digest. */
static int copy(struct keep *k, int fd, uint64_t size, struct hasher *hasher)
{
	static uint8_t data[CHUNK];
	uint64_t done = 0;
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		done += n > 0 ? (uint64_t)n : 0;
		if (n < 0 || done > size || hasher_add(hasher, data, (size_t)n) < 0)
			return -1;
		if (archive_write_data(k->out, data, (size_t)n) != n) {
			errno = archive_errno(k->out);
			return -1;
		}
	}
	return 0;
}

int keep_file(struct keep *k, int fd, const char *name, struct digest *found)
{
	struct archive_entry *e = archive_entry_new();
	struct hasher hasher = {0};
	struct stat st;
	int rc = -1;

	if (fstat(fd, &st) == 0 && hasher_open(&hasher, found->alg) == 0 &&
	    hasher_start(&hasher) == 0) {
		archive_entry_copy_stat(e, &st);
		archive_entry_copy_pathname(e, name);
		add_xattrs(e, fd);
		/* A name that is no UTF-8 is a warning. */
		if (archive_write_header(k->out, e) >= ARCHIVE_WARN)
			rc = copy(k, fd, (uint64_t)st.st_size, &hasher);
		else
			errno = archive_errno(k->out);
		if (!rc)
			rc = hasher_end(&hasher, found->bytes);
	}
	hasher_close(&hasher);
	archive_entry_free(e);
	return rc;
}

int64_t keep_close(struct keep *k)
{
	int64_t size = -1;

	if (archive_write_close(k->out) == ARCHIVE_OK && fdatasync(k->fd) == 0)
		size = lseek(k->fd, 0, SEEK_CUR);
	archive_write_free(k->out);
	close(k->fd);
	free(k);
	return size;
}
