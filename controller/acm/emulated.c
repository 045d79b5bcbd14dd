/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain's device model has open, as dom0's kernel knows it: names in xenstore and of interfaces
 * may be another's. It is a process in dom0; a stub domain's is not looked for.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acm/libxl_ctx.h"

#define PATH_MODEL "/local/domain/%u/image/device-model-pid"
#define PATH_SIZE  64
#define LINE_SIZE  128

/* Return: its process id; 0: there is none; -1: that can't be read. */
static long model_of(struct ts *ts, uint32_t domid)
{
	char path[PATH_SIZE], *value;
	unsigned int len;
	long pid;

	snprintf(path, sizeof(path), PATH_MODEL, domid);
	value = xs_read(ts->xs, XBT_NULL, path, &len);
	if (!value)
		return errno == ENOENT ? 0 : -1;
	pid = strtol(value, NULL, 10);
	free(value);
	return pid > 0 ? pid : -1;
}

/* A folder of that process. Return: 1; 0: there is no such process (any more); -1 on error. */
static int open_folder(struct ts *ts, uint32_t domid, const char *name, DIR **dir)
{
	char path[PATH_SIZE];
	long pid = model_of(ts, domid);

	if (pid <= 0)
		return (int)pid;
	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	*dir = opendir(path);
	if (!*dir)
		return errno == ENOENT ? 0 : -1;
	return 1;
}

static bool same_thing(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool ts_emulated_disk(struct ts *ts, uint32_t domid, const char *target)
{
	struct stat want, have;
	struct dirent *fd;
	DIR *dir = NULL;
	int there = open_folder(ts, domid, "fd", &dir);
	bool open = there < 0;

	if (there > 0 && stat(target, &want) < 0)
		open = true;
	while (there > 0 && !open && (fd = readdir(dir)))
		open = fstatat(dirfd(dir), fd->d_name, &have, 0) == 0 && same_thing(&want, &have);
	if (dir)
		closedir(dir);
	return open;
}

/* The name of the interface behind a tun or tap device; false if the file is something else. */
static bool interface_of(int dir, const char *fd, char name[IFNAMSIZ])
{
	char line[LINE_SIZE];
	int info = openat(dir, fd, O_RDONLY | O_CLOEXEC);
	FILE *f = info < 0 ? NULL : fdopen(info, "r");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "iff: %15s", name) == 1;
	if (f)
		fclose(f);
	else if (info >= 0)
		close(info);
	return found;
}

/* What is asked of an interface, by its name. */
typedef bool card_question(int sock, const char *name);

static bool get_flags(int sock, const char *name, struct ifreq *request)
{
	memset(request, 0, sizeof(*request));
	snprintf(request->ifr_name, sizeof(request->ifr_name), "%s", name);
	return ioctl(sock, SIOCGIFFLAGS, request) == 0;
}

static bool exists(int sock, const char *name)
{
	struct ifreq request;

	return get_flags(sock, name, &request) || errno != ENODEV;
}

static bool is_up(int sock, const char *name)
{
	struct ifreq request;

	return get_flags(sock, name, &request) ? request.ifr_flags & IFF_UP : errno != ENODEV;
}

static bool stays_up(int sock, const char *name)
{
	struct ifreq request;

	if (!get_flags(sock, name, &request))
		return errno != ENODEV;
	request.ifr_flags &= (short)~IFF_UP;
	return ioctl(sock, SIOCSIFFLAGS, &request) < 0;
}

/* Return: for how many of the device model's interfaces the answer is yes; -1 if that can't be seen. */
static int count_cards(struct ts *ts, uint32_t domid, card_question *question)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 0;
	char name[IFNAMSIZ];
	struct dirent *fd;
	DIR *dir = NULL;
	int there = sock < 0 ? -1 : open_folder(ts, domid, "fdinfo", &dir);

	while (there > 0 && (fd = readdir(dir)))
		if (interface_of(dirfd(dir), fd->d_name, name))
			yes += question(sock, name);
	if (dir)
		closedir(dir);
	if (sock >= 0)
		close(sock);
	return there < 0 ? -1 : yes;
}

int ts_emulated_cards(struct ts *ts, uint32_t domid, bool take_down)
{
	return count_cards(ts, domid, take_down ? stays_up : is_up);
}

bool emulated_cards_are(struct ts *ts, uint32_t domid)
{
	return count_cards(ts, domid, exists) > 0;
}
