/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file systems of the patient's disk, each mounted apart, where it can be asked where it belongs. */
#ifndef LAZARET_WORKER_STAGE_H
#define LAZARET_WORKER_STAGE_H

#include <stdbool.h>

#include "worker/disk.h"
#include "worker/fstab.h"
#include "worker/volumes.h"

#define STAGE_DIR 32

/**
 * struct staged - one of them
 * @dir:	where it is mounted
 * @has_fstab, @fstab: its /etc/fstab
 * @where:	folder of the tree that it belongs on; «» for the root; NULL if nobody says so
 */
struct staged {
	const struct volume *volume;
	char dir[STAGE_DIR];
	bool has_fstab;
	struct fstab fstab;
	const char *where;
};

/**
 * struct stage - all of them
 * @root:	the guest's root among them; NULL if none is
 */
struct stage {
	struct staged list[VOLUMES_MAX];
	size_t n;
	struct staged *root;
};

/** stage_mount() - mount what can be; of the rest, @unread is told */
void stage_mount(struct stage *s, const struct disk *d, const struct volumes *volumes,
		 struct unread *unread);

/**
 * stage_place() - find out where each belongs
 * @own:	folder below the root that none can belong on or in
 *
 * The root is the first that says in its fstab that it is, or else the first that has one, or else the only
 * one. What two claim, the first has. After that, the list is in the order in which they can be mounted.
 */
void stage_place(struct stage *s, const char *own);

void stage_free(struct stage *s);

#endif
