/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden values of what a disk image holds, without mounting it: libext2fs reads it. */
#ifndef LAZARET_IMAGE_H
#define LAZARET_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "golden/values.h"

/* Folders within folders, at most: Linux's paths can't be longer. */
#define IMAGE_DEPTH_MAX 2048

/*
 * Bytes that are hashed, at most, for each byte of the image, and so many besides: holes in files
 * cost nothing on the disk.
 */
#define IMAGE_BYTES_FACTOR 16
#define IMAGE_BYTES_MORE   (UINT64_C(64) << 20)

/**
 * struct image_result - what was found
 * @bytes:	hashed; a file of many links counts once
 * @left_out:	folders that are not there when the guest starts, names that are too long
 */
struct image_result {
	uint64_t bytes;
	uint64_t left_out;
};

/**
 * image_is() - does a file look like a disk?
 *
 * True for an ext2, ext3 or ext4 file system, and for a partition table.
 */
bool image_is(const char *path);

/**
 * image_values() - hash each regular file of an image's file system
 * @path:	raw image or block device: an ext2, ext3 or ext4 file system, or a disk of which just one
 *		partition is one
 * @alg:	of the digests; NULL: hasher_default()
 * @out:	values are added to it, whatever is returned
 * @result:	written if 0 is returned
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Opened read-only; a journal that was not replayed fails, as what is there is
 * not what the guest would see. Thread-safe.
 *
 * Return: 0, or -1.
 */
int image_values(const char *path, const struct alg *alg, struct values *out,
		 struct image_result *result, char *error);

#endif
