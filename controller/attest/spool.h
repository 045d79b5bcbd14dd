/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's list as it came, on disk: evidence for others is made of it.
 *
 * The parent opens the file; the child writes, and starts again with each boot.
 */
#ifndef LAZARET_SPOOL_H
#define LAZARET_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAX (256L << 20) /* a guest must not fill dom0's disk */

/* Takes the file over and empties it; -1: nothing is kept. */
void spool_begin(int fd);

/* Adds a record. What does not fit any more is left out, and the file is marked so by emptying. */
void spool_add(const uint8_t *record, size_t len);

/* All that was added is in the file. */
void spool_flush(void);

#endif
