/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of the sick bay, byte for byte (remedy/sickbay.h). */
#ifndef LAZARET_KEPTFILE_H
#define LAZARET_KEPTFILE_H

#include <stdint.h>

/**
 * keptfile_write() - compress and encrypt
 * @dir:	where the key is; it is made if it is missing
 * @in:		@bytes are read, from its begin
 *
 * Return: 0, or -1 with errno.
 */
int keptfile_write(const char *dir, int in, uint64_t bytes, int out);

/** keptfile_read() - the reverse. Return: 0; -1 with errno, EBADMSG if it is not what was written. */
int keptfile_read(const char *dir, int in, int out);

#endif
