/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of the patient's disk that may hold a file system: all of it, a partition or a logical volume. */
#ifndef LAZARET_WORKER_VOLUME_H
#define LAZARET_WORKER_VOLUME_H

#include <stdbool.h>

#include "worker/unread.h"

#define VOLUME_NAME 160 /* «/dev/mapper/» and the longest name that device-mapper allows */
#define VOLUME_TEXT 256 /* a label of 36 UTF-16 characters, or what else a table says */

enum volume_kind {
	VOLUME_NOTHING, /* swap, or nothing at all; or it was told of */
	VOLUME_FILES, /* a file system */
	VOLUME_PHYSICAL, /* a physical volume of LVM */
	VOLUME_ENCRYPTED, /* LUKS, and nobody has tried to unlock it */
};

/**
 * struct volume - one of them; texts are the guest's, and «» if there are none
 * @name:	what it is told of as: /dev/xvda3, /dev/mapper/vg-lv
 * @device:	where it can be read here
 * @partition:	its number in the partition table; 0: it is no partition
 * @part_uuid, @part_label, @part_type: what that table says of it
 * @type, @uuid, @label: what its content says that it is
 */
struct volume {
	char name[VOLUME_NAME];
	char device[VOLUME_NAME];
	unsigned int partition;
	char part_uuid[VOLUME_TEXT];
	char part_label[VOLUME_TEXT];
	char part_type[VOLUME_TEXT];
	enum volume_kind kind;
	char type[VOLUME_TEXT];
	char uuid[VOLUME_TEXT];
	char label[VOLUME_TEXT];
};

/** volume_probe() - find out what is on it, and tell of what can't be read; kind and what follows are set */
void volume_probe(struct volume *v, struct unread *unread);

/** volume_type() - what is on a device, wherever that is. Return: false if that is nothing known. */
bool volume_type(const char *device, char type[VOLUME_TEXT]);

#endif
