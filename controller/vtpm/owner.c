/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct owner {
	uid_t before;
	uid_t uid;
	gid_t gid;
};

/* By the descriptor: what the name means may change at any time. */
static int take_file(int folder, const char *name, const struct owner *o)
{
	int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) < 0)
		rc = -1;
	else if (S_ISREG(st.st_mode) && st.st_uid == o->before)
		rc = fchownat(fd, "", o->uid, o->gid, AT_EMPTY_PATH);
	close(fd);
	return rc;
}

static int take_files(int folder, const struct owner *o)
{
	DIR *dir = fdopendir(dup(folder));
	const struct dirent *entry;
	int rc = dir ? 0 : -1;

	while (!rc && (entry = readdir(dir)))
		rc = take_file(folder, entry->d_name, o);
	if (dir)
		closedir(dir);
	return rc;
}

/* The folder comes last: as long as it is not theirs, there may be something left to do. */
int owner_make(const char *path, uid_t uid, gid_t gid)
{
	struct owner o = {.uid = uid, .gid = gid};
	int fd, rc = 0;
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		rc = -1;
	o.before = st.st_uid;
	if (!rc && (st.st_uid != uid || st.st_gid != gid)) {
		rc = take_files(fd, &o);
		if (!rc)
			rc = fchown(fd, uid, gid);
	}
	close(fd);
	return rc;
}
