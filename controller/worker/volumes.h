/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything on the patient's disk that may hold a file system. */
#ifndef LAZARET_WORKER_VOLUMES_H
#define LAZARET_WORKER_VOLUMES_H

#include "worker/disk.h"
#include "worker/unread.h"
#include "worker/volume.h"

#define VOLUMES_MAX 128 /* of one disk; one with more is not looked at */

struct volumes {
	struct volume list[VOLUMES_MAX];
	size_t n;
	bool has_lvm;
	unsigned int unlocked;
};

/**
 * volumes_find() - the disk itself, its partitions and logical volumes, each with what is on it
 * @d:		opened
 * @unread:	told of everything on it that can't be read
 * @error:	@size bytes, written if -1 is returned
 *
 * What holds others is not among them. Return: 0, or -1.
 */
int volumes_find(const struct disk *d, struct volumes *volumes, struct unread *unread, char *error,
		 size_t size);

/** volumes_leave() - what was activated for that is given up; all of it is on the disk. Return: 0, or -1. */
int volumes_leave(const struct disk *d, const struct volumes *volumes);

#endif
