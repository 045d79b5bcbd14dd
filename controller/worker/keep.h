/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk of what is removed: a tar archive for the sick bay. */
#ifndef LAZARET_WORKER_KEEP_H
#define LAZARET_WORKER_KEEP_H

#include <stdint.h>

#include "worker/rows.h"

struct keep;

/** keep_open() - begin on @device. Return: to be given to keep_close(); NULL with errno. */
struct keep *keep_open(const char *device);

/**
 * keep_file() - add a file of the patient's, with its owner, mode and extended attributes
 * @fd:		the file, at its begin
 * @name:	in the archive
 * @found:	alg says which digest; written: that of what was read
 *
 * Return: 0, or -1 with errno.
 */
int keep_file(struct keep *k, int fd, const char *name, struct digest *found);

/** keep_close() - all of it is on the disk afterwards. Return: bytes, or -1 with errno. */
int64_t keep_close(struct keep *k);

#endif
