/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian packages: an archive of archives (deb(5)). */
#ifndef LAZARET_DEB_H
#define LAZARET_DEB_H

#include "golden/archive.h"
#include "golden/entries.h"

/**
 * deb_read() - add the files of a package, and its scripts where dpkg puts them
 * @r:		r->raw is at the package's begin
 * @result:	@package and @unwanted are written
 *
 * Return: 0, or -1 after a message.
 */
int deb_read(struct entries *r, const struct archive_options *options,
	     struct archive_result *result);

#endif
