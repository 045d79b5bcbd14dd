/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define PATH_SIZE 4352

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), rc;
	size_t len = strlen(text);

	if (fd < 0)
		return -1;
	rc = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0 ? 0 : -1;
	close(fd);
	return rc;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return rc;
}

int mark_set(const char *dir, const char *name, const char *text)
{
	char path[PATH_SIZE], tmp[PATH_SIZE + 8];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	if ((mkdir(dir, 0700) == 0 || errno == EEXIST) && write_file(tmp, text) == 0 &&
	    rename(tmp, path) == 0 && sync_dir(dir) == 0)
		return 0;
	log_warn("%s", path);
	return -1;
}

bool mark_get(const char *dir, const char *name, char *text)
{
	char path[PATH_SIZE];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, MARK_SIZE - 1);
		close(fd);
	}
	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

void mark_clear(const char *dir, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (unlink(path) < 0 && errno != ENOENT)
		log_warn("%s", path);
}
