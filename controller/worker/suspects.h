/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files whose content nothing golden knows: they are shown to ClamAV. */
#ifndef LAZARET_WORKER_SUSPECTS_H
#define LAZARET_WORKER_SUSPECTS_H

#include <stddef.h>
#include <stdint.h>

struct suspect {
	char *path; /* in the guest */
	uint64_t bytes;
};

struct suspects {
	struct suspect *list;
	size_t n, room;
};

/** suspects_add() - Return: 0, or -1 without memory */
int suspects_add(struct suspects *s, const char *path, uint64_t bytes);

/**
 * suspects_scan() - let ClamAV look at all of them, and report what it finds
 * @root:	where the guest's disk is mounted
 * @database:	folder of signatures; without it, or with an empty one, nothing is looked at
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int suspects_scan(const struct suspects *s, const char *root, const char *database, char *error,
		  size_t size);

#endif
