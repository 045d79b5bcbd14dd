/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/hidden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Has it any entry? What can't be read may have. */
static bool has_entries(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (!list) {
		if (fd >= 0)
			close(fd);
		return true;
	}
	for (errno = 0; (e = readdir(list)) && is_dot(e->d_name); errno = 0)
		;
	closedir(list);
	return e || errno;
}

static bool has_content(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode))
		return true;
	return S_ISDIR(st.st_mode) && has_entries(dir, name);
}

void hidden_tell(struct unread *u, int fd, const char *name)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own >= 0 ? fdopendir(own) : NULL;
	const struct dirent *e = NULL;

	for (errno = 0; list && (e = readdir(list)); errno = 0)
		if (!is_dot(e->d_name) && has_content(own, e->d_name))
			break;
	if (!list || e || errno)
		unread_tell(u, name, "what it holds is hidden by what is mounted on it");
	if (list)
		closedir(list);
	else if (own >= 0)
		close(own);
}
