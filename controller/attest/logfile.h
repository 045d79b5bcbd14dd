/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IMA's binary list in a file or a pipe, record by record. */
#ifndef LAZARET_LOGFILE_H
#define LAZARET_LOGFILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes of the text that explains why reading ended. */
#define LOGFILE_ERROR_MAX 160

/**
 * logfile_each() - hand over each record
 * @in:		binary_runtime_measurements, or a copy of it; of any length, read once
 * @each:	called with each record's bytes, valid during the call; not 0 ends the reading
 * @error:	LOGFILE_ERROR_MAX bytes, written if -1 is returned: with the byte where it ended
 *
 * A record that is none ends the reading, as nobody knows where the next begins.
 *
 * Return: 0 at the end of the file, what @each returned, or -1.
 */
int logfile_each(FILE *in, int (*each)(void *arg, const uint8_t *record, size_t len), void *arg,
		 char *error);

#endif
