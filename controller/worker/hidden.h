/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a folder holds that something is to be mounted on: it would not be seen any more. */
#ifndef LAZARET_WORKER_HIDDEN_H
#define LAZARET_WORKER_HIDDEN_H

#include "worker/unread.h"

/**
 * hidden_tell() - tell of a folder with files in it
 * @fd:		the folder, at its begin
 * @name:	what it is told of as
 *
 * Empty folders don't count, nor what has no content: the device nodes and links of a /dev on the disk.
 */
void hidden_tell(struct unread *u, int fd, const char *name);

#endif
