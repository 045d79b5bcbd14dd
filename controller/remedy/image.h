/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image of the remedy domain, which lazaret-remedy-image(8) made. */
#ifndef LAZARET_REMEDY_IMAGE_H
#define LAZARET_REMEDY_IMAGE_H

#include <stddef.h>

#define IMAGE_KERNEL  "vmlinuz"
#define IMAGE_RAMDISK "initrd"
#define IMAGE_DIGESTS "remedy.json" /* SHA-256 of both */

/**
 * image_check() - are kernel and initramfs what remedy.json says?
 * @dir:	folder of the image
 * @error:	@size bytes, written if -1 is returned
 *
 * A copy that was broken off, or an image of which only a part was replaced, must not judge a disk.
 *
 * Return: 0, or -1.
 */
int image_check(const char *dir, char *error, size_t size);

#endif
