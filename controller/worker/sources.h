/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where golden files come from: the operator's packages and archives. */
#ifndef LAZARET_WORKER_SOURCES_H
#define LAZARET_WORKER_SOURCES_H

#include "worker/rows.h"

/**
 * sources_gather() - find the golden content of each row that is to be restored
 * @dir:	folder of Debian packages and tar archives; may be missing
 * @to:		new folder that contents are put in
 * @error:	@size bytes, written if -1 is returned: also if one can't be found
 *
 * A file is known by its digest alone: whatever name it has in an archive. Owner, mode and extended
 * attributes are the archive's. A site's own archives go before packages: they know what Debian's
 * maintainer scripts, or the site itself, made of a file.
 *
 * Return: 0, or -1.
 */
int sources_gather(struct rows *rows, const char *dir, const char *to, char *error, size_t size);

#endif
