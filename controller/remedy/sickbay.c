/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/sickbay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "remedy/keptfile.h"

#define DIR_NAME  "sickbay"
#define SPOOL	  ".spool"
#define PART	  ".part"
#define KEPT	  ".kept"
#define PATH_SIZE 4096
#define ARGUMENTS 3

static int place(char *out, const char *state_dir, const char *name, const char *suffix)
{
	if (strchr(name, '/') || name[0] == '.' ||
	    snprintf(out, PATH_SIZE, "%s/" DIR_NAME "/%s%s", state_dir, name, suffix) >=
		    PATH_SIZE) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

/* Whatever a domain writes, it leaves dom0 half of what is free. */
static off_t room_for(const struct statvfs *fs)
{
	uint64_t half = (uint64_t)fs->f_bavail * fs->f_frsize / 2;

	return half < SICKBAY_SIZE ? (off_t)half : (off_t)SICKBAY_SIZE;
}

int sickbay_spool(const char *state_dir, const char *uuid, char *name, size_t size)
{
	time_t now = time(NULL);
	char path[PATH_SIZE], stamp[32];
	struct statvfs fs;
	struct tm tm;
	int fd;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	snprintf(name, size, "%s-%s", uuid, stamp);
	snprintf(path, sizeof(path), "%s/" DIR_NAME, state_dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -1;
	if (place(path, state_dir, name, SPOOL) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && (fstatvfs(fd, &fs) < 0 || ftruncate(fd, room_for(&fs)) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int seal_file(const char *state_dir, const char *name, const char *spool, uint64_t bytes)
{
	char part[PATH_SIZE], kept[PATH_SIZE], dir[PATH_SIZE];
	int in = open(spool, O_RDONLY | O_CLOEXEC), out, rc = -1;

	snprintf(dir, sizeof(dir), "%s/" DIR_NAME, state_dir);
	if (in < 0 || place(part, state_dir, name, PART) < 0 ||
	    place(kept, state_dir, name, KEPT) < 0)
		return -1;
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out >= 0 && keptfile_write(dir, in, bytes, out) == 0 && fsync(out) == 0)
		rc = rename(part, kept);
	if (out >= 0)
		close(out);
	close(in);
	return rc;
}

int sickbay_seal(const char *state_dir, const char *name, uint64_t bytes)
{
	char spool[PATH_SIZE];

	if (place(spool, state_dir, name, SPOOL) < 0 ||
	    (bytes && seal_file(state_dir, name, spool, bytes) < 0))
		return -1;
	return unlink(spool);
}

/* Where the last hole begins: bytes that somebody wrote. */
static int64_t written(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t end = 0, at = 0;

	if (fd < 0)
		return -1;
	while ((at = lseek(fd, end, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			break;
	}
	close(fd);
	return end;
}

void sickbay_abandon(const char *state_dir, const char *name)
{
	char path[PATH_SIZE];

	if (place(path, state_dir, name, SPOOL) == 0 && written(path) == 0)
		unlink(path);
}

static DIR *open_dir(const char *state_dir)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/" DIR_NAME, state_dir);
	return opendir(path);
}

/* Cuts @suffix off @name. Return: was it there? */
static int cut(char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	if (len <= n || strcmp(name + len - n, suffix) != 0)
		return 0;
	name[len - n] = '\0';
	return 1;
}

void sickbay_recover(const char *state_dir)
{
	DIR *dir = open_dir(state_dir);
	char path[PATH_SIZE];
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		int64_t bytes;

		if (!cut(e->d_name, SPOOL) || place(path, state_dir, e->d_name, SPOOL) < 0)
			continue;
		bytes = written(path);
		if (bytes < 0 || sickbay_seal(state_dir, e->d_name, (uint64_t)bytes) < 0)
			log_warn("sick bay: %s", path);
		else if (bytes)
			log_info("sick bay: %s is kept of a repair that was broken off", e->d_name);
	}
	if (dir)
		closedir(dir);
}

int sickbay_get(const char *state_dir, const char *name, int out)
{
	char path[PATH_SIZE], dir[PATH_SIZE];
	int in, rc;

	snprintf(dir, sizeof(dir), "%s/" DIR_NAME, state_dir);
	if (place(path, state_dir, name, KEPT) < 0)
		return -1;
	in = open(path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return -1;
	rc = keptfile_read(dir, in, out);
	close(in);
	return rc;
}

int sickbay_purge(const char *state_dir, const char *name)
{
	char path[PATH_SIZE];

	return place(path, state_dir, name, KEPT) < 0 ? -1 : unlink(path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sickbay_each(const char *state_dir,
		 void (*each)(void *arg, const char *name, uint64_t bytes, int64_t kept_ns),
		 void *arg)
{
	char **names = NULL, **more, path[PATH_SIZE];
	DIR *dir = open_dir(state_dir);
	struct dirent *e;
	struct stat st;
	int n = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -1;
	while ((e = readdir(dir))) {
		if (!cut(e->d_name, KEPT))
			continue;
		more = reallocarray(names, (size_t)n + 1, sizeof(*names));
		if (!more || !(more[n] = strdup(e->d_name)))
			fatalx("no memory for the sick bay");
		names = more;
		n++;
	}
	closedir(dir);
	if (n)
		qsort(names, (size_t)n, sizeof(*names), by_name);
	for (int i = 0; i < n; i++) {
		if (place(path, state_dir, names[i], KEPT) == 0 && stat(path, &st) == 0)
			each(arg, names[i], (uint64_t)st.st_size,
			     (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
		free(names[i]);
	}
	free(names);
	return n;
}

int sickbay_child(int argc, char **argv)
{
	struct ipc_progress done = {0};

	if (argc != ARGUMENTS)
		fatalx("sickbay: wrong arguments");
	done.done = strtoull(argv[2], NULL, 10);
	if (sickbay_seal(argv[0], argv[1], done.done) < 0)
		return ipc_fail(strerror(errno));
	ipc_send(IPC_FD, IPC_DONE, &done, sizeof(done));
	return 0;
}
