/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/hex.h"
#include "remedy/result.h"
#include "worker/below.h"
#include "worker/keep.h"
#include "worker/report.h"

#define CHUNK	    65536
#define NEW_NAME    ".lazaret-new" /* of a golden file until it is whole */
#define DIGEST_TEXT (ALG_NAME_MAX + 1 + 2 * ALG_DIGEST_MAX + 1)

/* «chattr +i» keeps a file from being changed, by us as well. Return: @fd, whatever became of it. */
static int unlock(int fd)
{
	int flags = 0;

	if (fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
	    (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL))) {
		flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	return fd;
}

/* The folder of a file. @name: its name in there. */
static int open_parent(int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd;

	*name = slash ? slash + 1 : path;
	dir = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
	fd = dir ? below_open(root, dir, O_RDONLY | O_DIRECTORY) : -1;
	free(dir);
	return unlock(fd);
}

/* Nobody else writes to this disk; yet what is removed must be what was judged. */
static int keep_row(struct keep *k, int root, const struct row *row)
{
	struct digest now = {.alg = row->found.alg};
	int fd = below_open(root, row->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), rc, error;

	if (fd < 0)
		return -1;
	rc = keep_file(k, fd, row->path, &now);
	error = errno;
	close(fd);
	errno = error;
	if (!rc && memcmp(now.bytes, row->found.bytes, now.alg->size) != 0) {
		errno = ESTALE;
		rc = -1;
	}
	return rc;
}

static int copy(int in, int out)
{
	static char data[CHUNK];
	ssize_t n;

	while ((n = read(in, data, sizeof(data))) > 0)
		if (write(out, data, (size_t)n) != n)
			return -1;
	return n < 0 ? -1 : 0;
}

/* Return: 0 with a whole new file NEW_NAME in @dir; -1 with errno. */
static int make_new(int dir, const struct row *row, int old)
{
	int in = open(row->content, O_RDONLY | O_CLOEXEC);
	int out = openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = row->mtime}};
	int rc = -1;

	/* Its mode after its owner: a change of that takes the set-user-ID bit away, and capabilities. */
	if (in >= 0 && out >= 0 && copy(in, out) == 0 && fchown(out, row->uid, row->gid) == 0 &&
	    fchmod(out, row->mode) == 0 && xattrs_put(out, &row->xattrs, old) == 0 &&
	    futimens(out, times) == 0 && fsync(out) == 0)
		rc = 0;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return rc;
}

/* @old: the file that is replaced. */
static int restore(int dir, const char *name, const struct row *row, int old)
{
	/* Left by a repair that was broken off; a guest that has such a file loses nothing by it. */
	unlinkat(dir, NEW_NAME, 0);
	if (make_new(dir, row, old) == 0 && renameat(dir, NEW_NAME, dir, name) == 0)
		return 0;
	return -1;
}

static void tell(const struct row *row)
{
	char found[DIGEST_TEXT], expected[DIGEST_TEXT] = "";
	char path[8192];
	struct report_finding f = {.class = row->restore ? RESULT_RESTORED : RESULT_REMOVED,
				   .path = path,
				   .found = found,
				   .expected = expected};

	snprintf(path, sizeof(path), "/%s", row->path);
	hex_encode(found + sprintf(found, "%s:", row->found.alg->name), row->found.bytes,
		   row->found.alg->size);
	if (row->restore)
		hex_encode(expected + sprintf(expected, "%s:", row->expected.alg->name),
			   row->expected.bytes, row->expected.alg->size);
	report_finding(&f);
}

static int change(int root, const struct row *row)
{
	const char *name;
	int dir = open_parent(root, row->path, &name), old, rc, error;

	if (dir < 0)
		return -1;
	old = unlock(below_open(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
	rc = row->restore ? restore(dir, name, row, old) : unlinkat(dir, name, 0);
	if (!rc)
		rc = fsync(dir);
	error = errno;
	close(dir);
	if (old >= 0)
		close(old);
	errno = error;
	if (!rc)
		tell(row);
	return rc;
}

/* Return: 0 if all old files are on the device @kept; else the first row that is not, from 1 on. */
static size_t keep_all(const struct rows *rows, int root, const char *kept)
{
	struct keep *k = keep_open(kept);
	int64_t bytes;
	size_t bad = k ? 0 : 1;

	for (size_t i = 0; !bad && i < rows->n; i++)
		if (rows->row[i].found.alg && keep_row(k, root, &rows->row[i]) < 0)
			bad = i + 1;
	bytes = k ? keep_close(k) : -1;
	if (!bad && bytes < 0)
		bad = 1;
	if (!bad)
		report_kept((uint64_t)bytes);
	return bad;
}

int mend(const struct rows *rows, const char *root, const char *kept, char *error, size_t size)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t bad;

	if (fd < 0) {
		snprintf(error, size, "%s: %s", root, strerror(errno));
		return -1;
	}
	report_total(rows->n);
	bad = keep_all(rows, fd, kept);
	if (bad)
		snprintf(error, size, "%.150s can't be kept: %s", rows->row[bad - 1].shown,
			 errno == ESTALE ? "it is not what was found" : strerror(errno));
	for (size_t i = 0; !bad && i < rows->n; i++) {
		if (!rows->row[i].vaccine && change(fd, &rows->row[i]) < 0) {
			bad = i + 1;
			snprintf(error, size, "%.150s can't be changed: %s", rows->row[i].shown,
				 strerror(errno));
		}
		report_file(0);
	}
	close(fd);
	return bad ? -1 : 0;
}
