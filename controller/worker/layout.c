/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each file system is mounted apart first, where it can be looked at, and then moved to its place in the
 * tree. That place is resolved in the guest's own tree, where no link leads anywhere.
 */
#include "worker/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "worker/below.h"
#include "worker/hidden.h"
#include "worker/stage.h"

#define OWN	  "dev" /* the folder for what is strange, below the root */
#define OWN_FLAGS (MS_NODEV | MS_NOSUID | MS_NOEXEC)

static int note(struct layout *l, const char *at, bool strange)
{
	struct place *p = &l->place[l->n];
	struct statvfs fs;
	struct stat st;

	*p = (struct place){.at = strdup(at), .strange = strange};
	if (!p->at)
		return -1;
	l->n++;
	if (stat(at, &st) < 0 || statvfs(at, &fs) < 0)
		return -1;
	p->dev = st.st_dev;
	p->room = (uint64_t)fs.f_blocks * fs.f_frsize;
	p->files = fs.f_files > fs.f_ffree ? fs.f_files - fs.f_ffree : 0;
	return 0;
}

/* Is another file system mounted on that very folder? */
static bool is_taken(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH, 0, &st) < 0 ||
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Open a folder of the tree to mount something on it. @shown: what it is told of as. Return: -1 if it can't be. */
static int open_target(struct layout *l, const char *where, const char *shown)
{
	int root = open(l->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = below_open(root, where, O_RDONLY | O_DIRECTORY);

	if (root >= 0)
		close(root);
	if (fd >= 0 && is_taken(fd)) {
		close(fd);
		return -1;
	}
	if (fd >= 0)
		hidden_tell(&l->unread, fd, shown);
	return fd;
}

static int move_to(const char *from, int fd)
{
	char target[32];

	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	return mount(from, target, NULL, MS_MOVE, NULL);
}

/* Return: 0; -1 if there is no such folder, or it is taken. */
static int mount_where(struct layout *l, const struct staged *s)
{
	char at[LAYOUT_PATH + 64], *shown = at + strlen(l->root);
	int fd, rc;

	snprintf(at, sizeof(at), "%s/%s", l->root, s->where);
	fd = open_target(l, s->where, shown);
	if (fd < 0)
		return -1;
	rc = move_to(s->dir, fd);
	close(fd);
	return rc < 0 ? -1 : note(l, at, false);
}

/* A folder of ours over the guest's /dev, which its kernel hides as well. Return: 0, or -1. */
static int make_own(struct layout *l)
{
	char target[32];
	int fd, rc;

	if (l->has_own)
		return 0;
	fd = open_target(l, OWN, "/" OWN);
	if (fd < 0)
		return -1;
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	rc = mount("own", target, "tmpfs", OWN_FLAGS, "mode=755,size=1m");
	close(fd);
	l->has_own = !rc;
	return rc;
}

/* Below its device's name. */
static int mount_own(struct layout *l, const struct staged *s)
{
	char at[LAYOUT_PATH], *slash;

	snprintf(at, sizeof(at), "%s%s", l->root, s->volume->name);
	slash = strrchr(at, '/');
	*slash = '\0';
	if (make_own(l) < 0 || (mkdir(at, 0755) < 0 && errno != EEXIST))
		return -1;
	*slash = '/';
	if (mkdir(at, 0755) < 0 || mount(s->dir, at, NULL, MS_MOVE, NULL) < 0)
		return -1;
	return note(l, at, true);
}

/* Without a root, everything has a place of its own in an empty tree. */
static int mount_root(struct layout *l, const struct stage *stage)
{
	char own[LAYOUT_PATH];

	if (mkdir(l->root, 0700) < 0)
		return -1;
	if (stage->root)
		return mount(stage->root->dir, l->root, NULL, MS_MOVE, NULL) < 0
			       ? -1
			       : note(l, l->root, false);
	snprintf(own, sizeof(own), "%s/" OWN, l->root);
	return mkdir(own, 0755);
}

/* In the order of the list. */
static int mount_tree(struct layout *l, const struct stage *stage)
{
	if (mount_root(l, stage) < 0)
		return -1;
	for (size_t i = stage->root ? 1 : 0; i < stage->n; i++) {
		const struct staged *s = &stage->list[i];

		if ((!s->where || mount_where(l, s) < 0) && mount_own(l, s) < 0)
			unread_tell(&l->unread, s->volume->name,
				    "there is no place for it: the guest has no folder /" OWN);
	}
	return 0;
}

/* Return: 0, or -1 with the reason in @error. */
static int mount_volumes(struct layout *l, struct stage *stage, char *error, size_t size)
{
	stage_mount(stage, &l->disk, &l->volumes, &l->unread);
	if (!stage->n) {
		snprintf(error, size, "the disk has no file system that can be read%s%s",
			 l->unread.n ? ": " : "", l->unread.first);
		return -1;
	}
	stage_place(stage, OWN);
	if (mount_tree(l, stage) == 0)
		return 0;
	snprintf(error, size, "the disk's file systems can't be mounted: %s", strerror(errno));
	return -1;
}

int layout_mount(struct layout *l, const char *device, bool writable, const char *root, char *error,
		 size_t size)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	int rc = -1;

	memset(l, 0, sizeof(*l));
	l->root = root;
	l->disk = (struct disk){.device = device, .writable = writable};
	l->unread.quiet = writable;
	snprintf(error, size, "no memory");
	if (stage && disk_open(&l->disk, error, size) == 0 &&
	    volumes_find(&l->disk, &l->volumes, &l->unread, error, size) == 0)
		rc = mount_volumes(l, stage, error, size);
	if (!rc && writable && l->unread.n) {
		snprintf(error, size, "not all of the disk can be read: %s", l->unread.first);
		rc = -1;
	}
	if (stage)
		stage_free(stage);
	return rc;
}

int layout_unmount(struct layout *l)
{
	char own[LAYOUT_PATH];

	snprintf(own, sizeof(own), "%s/" OWN, l->root);
	while (l->n) {
		struct place *p = &l->place[l->n - 1];

		/* What is strange was mounted in there; the root, which is the first, has it in itself. */
		if (l->n == 1 && l->has_own && !p->strange && umount(own) < 0)
			return -1;
		if (umount(p->at) < 0)
			return -1;
		free(p->at);
		l->n--;
	}
	return volumes_leave(&l->disk, &l->volumes);
}

const struct place *layout_place(const struct layout *l, dev_t dev)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->place[i].dev == dev)
			return &l->place[i];
	return NULL;
}
