/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is encrypted on the patient's disk (LUKS), and can be read with a key that dom0 gave. */
#ifndef LAZARET_WORKER_LUKS_H
#define LAZARET_WORKER_LUKS_H

#include "worker/unread.h"
#include "worker/volume.h"

#define LUKS_MAPPED "/dev/mapper/lz-luks-" /* what is behind them, and a number */

/**
 * luks_open() - unlock a volume
 * @v:		kind is VOLUME_ENCRYPTED; device, kind and what its content says become those of what is inside
 * @number:	that no other has
 * @unread:	told if it stays locked
 */
void luks_open(struct volume *v, unsigned int number, struct unread *unread);

/** luks_close() - the reverse: what was written is on the disk. Return: 0, or -1. */
int luks_close(unsigned int number);

#endif
