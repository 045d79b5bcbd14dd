/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files whose content nothing golden knows: they are shown to ClamAV. */
#ifndef LAZARET_WORKER_SUSPECTS_H
#define LAZARET_WORKER_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUSPECT_DIGEST 32 /* SHA-256 */

struct suspect {
	char *path; /* in the guest */
	uint8_t digest[SUSPECT_DIGEST];
	bool told; /* clamscan has said something of it */
	uint64_t bytes;
};

struct suspects {
	struct suspect *list;
	size_t n, room;
};

/** suspects_add() - Return: 0, or -1 without memory */
int suspects_add(struct suspects *s, const char *path, uint64_t bytes,
		 const uint8_t digest[SUSPECT_DIGEST]);

/**
 * suspects_scan() - let ClamAV look at all of them, and report what it finds
 * @root:	where the guest's disk is mounted
 * @database:	folder of signatures; without it, nothing is looked at; an empty one is an error
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int suspects_scan(const struct suspects *s, const char *root, const char *database, char *error,
		  size_t size);

#endif
