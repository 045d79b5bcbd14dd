/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partition table of the patient's disk. */
#ifndef LAZARET_WORKER_PARTITIONS_H
#define LAZARET_WORKER_PARTITIONS_H

#include "worker/disk.h"
#include "worker/unread.h"
#include "worker/volume.h"

/**
 * partitions_read() - list the partitions
 * @d:		opened
 * @list:	@room of them; name, device, partition and what the table says are written
 * @unread:	told of partitions that overlap, or that are not all on the disk
 *
 * Those count that the kernel makes of the table, since the guest's kernel does the same.
 *
 * Return: how many, 0 if the disk has no table; -1 with errno.
 */
int partitions_read(const struct disk *d, struct volume *list, size_t room, struct unread *unread);

#endif
