/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/volumes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/luks.h"
#include "worker/lvm.h"
#include "worker/partitions.h"

/* A disk without partitions. */
static void add_disk(const struct disk *d, struct volumes *volumes)
{
	struct volume *v = &volumes->list[volumes->n++];

	snprintf(v->name, sizeof(v->name), "%s", d->device);
	snprintf(v->device, sizeof(v->device), "%s", d->base);
}

/* What a partition table is in the way of, and who mounts the disk as a whole sees all the same. */
static void check_disk(const struct disk *d, struct unread *unread)
{
	char type[VOLUME_TEXT], reason[VOLUME_TEXT + 64];

	if (!volume_type(d->base, type))
		return;
	snprintf(reason, sizeof(reason), "as a whole, it is %s as well as partitions", type);
	unread_tell(unread, d->device, reason);
}

/* What is on it, inside of what encrypts it, if anything does. */
static void look_at(struct volumes *volumes, struct volume *v, struct unread *unread)
{
	volume_probe(v, unread);
	if (v->kind == VOLUME_ENCRYPTED)
		luks_open(v, volumes->unlocked++, unread);
}

static int add_logical(const struct disk *d, struct volumes *volumes, struct unread *unread)
{
	const struct volume *physical[VOLUMES_MAX];
	size_t found = 0, before = volumes->n;
	int n;

	for (size_t i = 0; i < before; i++)
		if (volumes->list[i].kind == VOLUME_PHYSICAL)
			physical[found++] = &volumes->list[i];
	volumes->has_lvm = found;
	n = lvm_activate(disk_lvm_filter(d), physical, found, volumes->list + before,
			 VOLUMES_MAX - before, unread);
	if (n < 0)
		return -1;
	for (volumes->n += (size_t)n; before < volumes->n; before++) {
		struct volume *v = &volumes->list[before];

		look_at(volumes, v, unread);
		if (v->kind == VOLUME_PHYSICAL)
			unread_tell(unread, v->name,
				    "a physical volume inside of a logical one is not read");
	}
	return 0;
}

int volumes_find(const struct disk *d, struct volumes *volumes, struct unread *unread, char *error,
		 size_t size)
{
	int n = partitions_read(d, volumes->list, VOLUMES_MAX, unread);

	volumes->n = n > 0 ? (size_t)n : 0;
	if (n == 0)
		add_disk(d, volumes);
	else if (n > 0)
		check_disk(d, unread);
	for (size_t i = 0; i < volumes->n; i++)
		look_at(volumes, &volumes->list[i], unread);
	if (n >= 0 && add_logical(d, volumes, unread) == 0)
		return 0;
	snprintf(error, size, "the disk's partitions and volumes can't be listed: %s",
		 errno == E2BIG ? "there are too many" : strerror(errno));
	return -1;
}

int volumes_leave(const struct disk *d, const struct volumes *volumes)
{
	unsigned int number;
	int rc = 0;

	if (volumes->has_lvm)
		rc = lvm_deactivate(disk_lvm_filter(d));
	for (size_t i = 0; i < volumes->n; i++)
		if (sscanf(volumes->list[i].device, LUKS_MAPPED "%u", &number) == 1 &&
		    luks_close(number) < 0)
			rc = -1;
	return rc;
}
