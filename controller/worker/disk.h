/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patient's disk in the remedy domain. */
#ifndef LAZARET_WORKER_DISK_H
#define LAZARET_WORKER_DISK_H

#include <stddef.h>

/**
 * disk_mount() - mount a disk's file system, without writing to the disk
 * @device:	that can only be read
 * @at:		where to
 * @error:	@size bytes, written if -1 is returned
 *
 * A guest that was not shut down leaves a journal that is yet to be replayed: without that, its newest
 * files would not be seen. It is replayed on a snapshot (kernel: admin-guide/device-mapper/snapshot.rst)
 * whose changes are in memory.
 *
 * Return: 0, or -1.
 */
int disk_mount(const char *device, const char *at, char *error, size_t size);

/** disk_mount_writable() - the same for a repair, which writes to the disk itself */
int disk_mount_writable(const char *device, const char *at, char *error, size_t size);

/** disk_run() - run a program of the remedy image and wait. Return: 0 if it succeeded, else -1. */
int disk_run(const char *const argv[]);

#endif
