/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's /etc/fstab (fstab(5)): where its file systems belong. */
#ifndef LAZARET_WORKER_FSTAB_H
#define LAZARET_WORKER_FSTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/volume.h"

#define FSTAB_SIZE  (64u << 10) /* bytes of a file that is read at all */
#define FSTAB_LINES 256 /* that are kept */

/**
 * struct fstab - the lines that say where in the tree a device belongs
 * @what:	the device, as the guest names it
 * @where:	the folder, below the root and without the slash, checked: no «.» or «..»; «» is the root
 */
struct fstab {
	struct fstab_line {
		char *what;
		char *where;
	} line[FSTAB_LINES];
	size_t n;
};

/**
 * fstab_read() - read one
 * @fd:		the file, at its begin
 * @out:	to be freed by fstab_free()
 *
 * Lines that make no sense are left out. Return: 0, or -1 with errno if it is too large.
 */
int fstab_read(int fd, struct fstab *out);

void fstab_free(struct fstab *f);

/** fstab_where() - Return: the folder that a volume belongs to, by the first line that names it; or NULL */
const char *fstab_where(const struct fstab *f, const struct volume *v);

#endif
