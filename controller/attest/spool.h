/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's list as it came, on disk: evidence for others is made of it.
 *
 * The parent opens the file; the child writes, and starts again with each boot.
 */
#ifndef LAZARET_SPOOL_H
#define LAZARET_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAX (256L << 20) /* bytes of the file: a guest must not fill dom0's disk */

/* Takes the file over and empties it; -1: nothing is kept. */
void spool_begin(int fd);

/*
 * Adds a record. Once one does not fit, or can't be written, the file is emptied and stays so: a list
 * with a hole would be a lie, and one that is not empty is whole.
 */
void spool_add(const uint8_t *record, size_t len);

/* Writes down what was added. */
void spool_flush(void);

/* Is all that was added and flushed in the file? */
bool spool_kept(void);

#endif
