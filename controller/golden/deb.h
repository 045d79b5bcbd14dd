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

/**
 * deb_origin() - all values that follow are of this version of this package
 *
 * Return: 0, or -1 with errno.
 */
int deb_origin(struct values *out, const struct debian_package *p);

/** deb_is_wanted() - by the list of packages, if there is one */
bool deb_is_wanted(const struct archive_options *options, const struct debian_package *p);

/**
 * deb_is_listed() - is a package's file the one that the list has?
 * @sum:	SHA-256 of the file
 *
 * A repository's list says so of each of its packages, and is signed by the repository. Return: true also
 * if there is no list, or it does not say.
 */
bool deb_is_listed(const struct archive_options *options, const struct debian_package *p,
		   const uint8_t sum[DEBIAN_SUM_SIZE]);

#endif
