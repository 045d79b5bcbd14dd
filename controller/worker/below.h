/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in the guest's tree, over all its file systems: no link leads out of it, or anywhere else. */
#ifndef LAZARET_WORKER_BELOW_H
#define LAZARET_WORKER_BELOW_H

#include <stdint.h>

/**
 * below_open() - open a file in a tree without following any link (openat2(2))
 * @root:	folder
 * @path:	relative
 * @flags:	of open(2)
 *
 * Return: close-on-exec; -1 with errno.
 */
int below_open(int root, const char *path, uint64_t flags);

#endif
