/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The remedy role: brings a disk back to its golden image. It only copies, and mounts nothing. */
#ifndef LAZARET_ROLLBACK_H
#define LAZARET_ROLLBACK_H

#include <sys/types.h>

#include "vm/tx.h"

/**
 * remedy_child() - the role's whole life
 * @argv:	uid, gid, folder to be locked in
 *
 * IPC_FD is the socket to the parent, IPC_FD_A the golden image (read-only), IPC_FD_B the disk.
 * Return: exit status.
 */
int remedy_child(int argc, char **argv);

/**
 * rollback_copy() - make @disk equal to @image, block by block, writing only what differs
 * @image:	file or block device
 * @disk:	file or block device, at least as large; what is beyond the image stays
 * @progress:	called now and then with bytes compared and bytes in all
 * @why:	set on -1
 *
 * Return: bytes written (and synced), or -1.
 */
int64_t rollback_copy(int image, int disk, void (*progress)(uint64_t done, uint64_t total),
		      const char **why);

/* Step of a transaction: runs the role for the VM's disk. */
int rollback_step(struct tx *tx);

#endif
