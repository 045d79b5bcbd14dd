/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logical volumes of the patient's disk. */
#ifndef LAZARET_WORKER_LVM_H
#define LAZARET_WORKER_LVM_H

#include "worker/unread.h"
#include "worker/volume.h"

/**
 * lvm_activate() - make the logical volumes on some physical volumes readable
 * @filter:	the devices that LVM may look at, and no others: a pattern, as in lvm.conf(5)
 * @physical:	@n physical volumes
 * @list:	@room of them; name and device are written
 * @unread:	told of what can't be made readable
 *
 * Their metadata is not written to.
 *
 * Return: how many of @list there are; -1 with errno.
 */
int lvm_activate(const char *filter, const struct volume *const *physical, size_t n,
		 struct volume *list, size_t room, struct unread *unread);

/** lvm_deactivate() - the reverse; nothing is to be mounted any more. Return: 0, or -1. */
int lvm_deactivate(const char *filter);

#endif
