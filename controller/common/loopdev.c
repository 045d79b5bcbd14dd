/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRIES 16 /* somebody else may take the free device that we were told of */

/* Return: the device with @backing behind it; -1 with errno, EBUSY if another one is to be tried. */
static int configure(int number, int backing, __u32 flags, char *path)
{
	struct loop_config config = {.fd = (__u32)backing, .info.lo_flags = flags};
	int fd, error;

	snprintf(path, LOOPDEV_PATH_SIZE, "/dev/loop%d", number);
	fd = open(path, (flags & LO_FLAGS_READ_ONLY ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/*
	 * What is behind it is somebody else's, and nobody here is to look at it: udev, which would look for a
	 * file system and hand it to LVM, leaves a device alone that is locked (systemd: BLOCK_DEVICE_LOCKING).
	 */
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int loopdev_open(int backing, bool writable, bool direct, char *path)
{
	__u32 flags = LO_FLAGS_AUTOCLEAR | (writable ? 0 : LO_FLAGS_READ_ONLY) |
		      (direct ? LO_FLAGS_DIRECT_IO : 0);
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int fd = -1, error;

	if (control < 0)
		return -1;
	for (int i = 0; fd < 0 && i < TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		fd = number < 0 ? -1 : configure(number, backing, flags, path);
		if (fd < 0 && errno != EBUSY)
			break;
	}
	error = errno;
	close(control);
	errno = error;
	return fd;
}
