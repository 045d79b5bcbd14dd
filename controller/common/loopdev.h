/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as block devices. */
#ifndef LAZARET_LOOPDEV_H
#define LAZARET_LOOPDEV_H

#include <stdbool.h>

#define LOOPDEV_PATH_SIZE 32

/**
 * loopdev_open() - a loop device with a file behind it
 * @backing:	a regular file or block device, open for writing as well if @writable; not closed
 * @writable:	or only to be read, by whoever
 * @direct:	read past the page cache, which may hold what a device held earlier (where the file
 *		can't be read so, the kernel reads it as usual: there the cache is right)
 * @path:	LOOPDEV_PATH_SIZE bytes, filled with the device's path
 *
 * The device is there as long as anybody has it open: it goes by itself when the domain that has it is
 * destroyed and the file that is returned is closed, whatever became of us (kernel:
 * include/uapi/linux/loop.h, LO_FLAGS_AUTOCLEAR).
 *
 * As long as the file that is returned is open, udev does not look at what is on the device.
 *
 * Return: a file on the device, close-on-exec; -1 with errno.
 */
int loopdev_open(int backing, bool writable, bool direct, char *path);

#endif
