/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file systems of the patient's disk, mounted as the patient has them. */
#ifndef LAZARET_WORKER_LAYOUT_H
#define LAZARET_WORKER_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "worker/disk.h"
#include "worker/unread.h"
#include "worker/volumes.h"

#define LAYOUT_PATH 8192

/**
 * struct place - one file system
 * @at:		where it is mounted
 * @dev, @room:	its device number, its size in bytes, its files
 * @strange:	the guest's fstab does not say where it belongs
 */
struct place {
	char *at;
	dev_t dev;
	uint64_t room;
	uint64_t files;
	bool strange;
};

struct layout {
	const char *root;
	struct disk disk;
	struct volumes volumes;
	struct unread unread;
	struct place place[VOLUMES_MAX];
	size_t n;
	bool has_own; /* a folder of ours for what is strange is mounted below the root */
};

/**
 * layout_mount() - mount all file systems of a disk in one tree
 * @device:	the disk
 * @writable:	for a repair: what can't be read is an error. Else nothing is written to the disk, and that is
 *		told of, and the rest is mounted
 * @root:	where to
 * @error:	@size bytes, written if -1 is returned
 *
 * The root is the file system with /etc/fstab, or the only one. The others are mounted where that says, and
 * below /dev/xvda3 or what their device is called, if it does not. Nothing else is mounted there.
 *
 * Return: 0, or -1.
 */
int layout_mount(struct layout *l, const char *device, bool writable, const char *root, char *error,
		 size_t size);

/** layout_unmount() - the reverse; all of it is on the disk then. Return: 0, or -1 with errno. */
int layout_unmount(struct layout *l);

/** layout_place() - Return: the file system with such a number (struct stat), or NULL */
const struct place *layout_place(const struct layout *l, dev_t dev);

#endif
