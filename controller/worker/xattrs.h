/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes of a golden file: capabilities, labels, signatures of IMA. */
#ifndef LAZARET_WORKER_XATTRS_H
#define LAZARET_WORKER_XATTRS_H

#include <stddef.h>

struct archive_entry;

struct xattr {
	char *name;
	void *value;
	size_t size;
};

struct xattrs {
	struct xattr *list;
	size_t n;
};

/**
 * xattrs_take() - copy those of an archive's entry
 * @out:	its own before are freed
 *
 * Return: 0, or -1 with errno.
 */
int xattrs_take(struct xattrs *out, struct archive_entry *e);

/** xattrs_drop() - free them; none are left */
void xattrs_drop(struct xattrs *x);

/**
 * xattrs_put() - give a new file its own
 * @fd:		a file that has its owner and its mode: a change of these takes capabilities away
 * @old:	the file that it replaces, or -1: its signature of IMA is kept if @x has none. It may
 *		be one of the golden content; of any other content it says nothing to anybody
 *
 * A file system that has no extended attributes never had these, and that is no error.
 *
 * Return: 0, or -1 with errno.
 */
int xattrs_put(int fd, const struct xattrs *x, int old);

#endif
