/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio as an initramfs is (kernel: Documentation/driver-api/early-userspace/buffer-format.rst). Read
 * here and not by libarchive, which asks for as much memory as a name says it is long, up to 4 GiB,
 * and, of a compressed archive, fills it.
 */
#ifndef LAZARET_CPIO_H
#define LAZARET_CPIO_H

#include <stdbool.h>

#include "golden/entries.h"

/* Bytes by which an archive is known: its first header's magic number. */
#define CPIO_MAGIC_SIZE 6

/**
 * struct cpio - where an archive is read from
 * @data:	@left bytes of it; then, if @more is not NULL, what that unpacks
 * @more:	whose entry's data go on
 */
struct cpio {
	const uint8_t *data;
	size_t left;
	struct archive *more;
};

/** cpio_is() - do CPIO_MAGIC_SIZE bytes begin an archive? */
bool cpio_is(const uint8_t *data);

/**
 * cpio_add() - add each regular file
 *
 * Return: 0 at the end, after which @c->left bytes are left; -1 after a message.
 */
int cpio_add(struct entries *r, struct cpio *c);

#endif
