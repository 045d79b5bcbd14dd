/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a disk can't be read: a scan tells of it and goes on, a repair does not begin. */
#ifndef LAZARET_WORKER_UNREAD_H
#define LAZARET_WORKER_UNREAD_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct unread - what was told of so far
 * @quiet:	nothing is reported: somebody will look at @n
 * @n:		how often something was told of
 * @first:	the first of these
 */
struct unread {
	bool quiet;
	unsigned int n;
	char first[200];
};

/**
 * unread_tell() - a part of the disk can't be read
 * @name:	that part: a device or a folder, as the guest would call it
 * @reason:	for people
 */
void unread_tell(struct unread *u, const char *name, const char *reason);

#endif
