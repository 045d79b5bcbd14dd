/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patient's disk in the remedy domain. */
#ifndef LAZARET_WORKER_DISK_H
#define LAZARET_WORKER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/volume.h"

/**
 * struct disk - how it is read
 * @device:	of this domain, which can only be read unless @writable
 * @writable:	for a repair: @device itself is written to
 * @base:	what has its content: @device, or a snapshot of it
 */
struct disk {
	const char *device;
	bool writable;
	char base[VOLUME_NAME];
};

/**
 * disk_open() - make a disk ready
 * @d:		device and writable are set; base is written
 * @error:	@size bytes, written if -1 is returned
 *
 * A guest that was not shut down leaves journals that are yet to be replayed: without that, its newest
 * files would not be seen. They are replayed on a snapshot (kernel: admin-guide/device-mapper/snapshot.rst)
 * whose changes are in memory, and nothing is written to the disk.
 *
 * Return: 0, or -1.
 */
int disk_open(struct disk *d, char *error, size_t size);

/**
 * disk_part() - a partition of it
 * @start, @sectors: where it is, in sectors of 512 bytes
 * @device:	written: where its content is
 *
 * Return: 0, or -1.
 */
int disk_part(const struct disk *d, unsigned int number, uint64_t start, uint64_t sectors,
	      char device[VOLUME_NAME]);

/** disk_lvm_filter() - the devices of it that LVM may look at, as a pattern in lvm.conf(5) */
const char *disk_lvm_filter(const struct disk *d);

/** disk_mount() - mount a file system of it on the folder @at. Return: 0, or -1 with errno. */
int disk_mount(const struct disk *d, const struct volume *v, const char *at);

#endif
