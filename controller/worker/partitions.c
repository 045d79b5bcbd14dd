/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/partitions.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS "/sys/class/block"
#define CONTAINER_SIZE \
	2 /* sectors that the kernel lets an extended partition have: enough for a loader */

/* As the kernel has it. */
struct extent {
	unsigned int number;
	uint64_t start, sectors;
};

/* Return: 0 if there is no such number. */
static uint64_t number_in(const char *name, const char *key)
{
	char path[512];
	uint64_t value = 0;
	FILE *in;

	snprintf(path, sizeof(path), BLOCKS "/%s/%s", name, key);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%" SCNu64, &value) != 1)
		value = 0;
	fclose(in);
	return value;
}

static int by_number(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Return: how many the kernel has, at most @room; -1 with errno. */
static int read_kernel(const char *disk, struct extent *list, size_t room)
{
	char path[64];
	struct dirent *e;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), BLOCKS "/%s", disk);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (n <= room && (e = readdir(dir)))
		if (!strncmp(e->d_name, disk, strlen(disk)) && number_in(e->d_name, "partition")) {
			if (n < room)
				list[n] = (struct extent){
					(unsigned int)number_in(e->d_name, "partition"),
					number_in(e->d_name, "start"),
					number_in(e->d_name, "size")};
			n++;
		}
	closedir(dir);
	if (n > room) {
		errno = E2BIG;
		return -1;
	}
	qsort(list, n, sizeof(*list), by_number);
	return (int)n;
}

static const struct extent *find(const struct extent *list, int n, unsigned int number)
{
	for (int i = 0; i < n; i++)
		if (list[i].number == number)
			return &list[i];
	return NULL;
}

static blkid_partition in_table(blkid_partlist table, const struct extent *e)
{
	return table ? blkid_partlist_get_partition_by_partno(table, (int)e->number) : NULL;
}

/* An extended partition holds others, and has no content of its own. */
static bool is_container(blkid_partition p, const struct extent *e)
{
	return blkid_partition_is_extended(p) && e && e->sectors <= CONTAINER_SIZE;
}

/* The kernel cuts off what is not on the disk, and leaves out what all of is not. */
static void check_size(blkid_partition p, const struct extent *e, const char *name,
		       struct unread *unread)
{
	if (!e)
		unread_tell(unread, name, "it is in the partition table, but not on the disk");
	else if (!is_container(p, e) && (e->start != (uint64_t)blkid_partition_get_start(p) ||
					 e->sectors != (uint64_t)blkid_partition_get_size(p)))
		unread_tell(unread, name, "it is not all on the disk");
}

static void check_overlap(blkid_partlist table, const struct extent *list, int i, const char *name,
			  struct unread *unread)
{
	blkid_partition p = in_table(table, &list[i]);

	if (p && is_container(p, &list[i]))
		return;
	for (int j = 0; j < i; j++) {
		p = in_table(table, &list[j]);
		if ((p && is_container(p, &list[j])) ||
		    list[i].start >= list[j].start + list[j].sectors ||
		    list[j].start >= list[i].start + list[i].sectors)
			continue;
		unread_tell(unread, name, "it overlaps with another partition");
		return;
	}
}

static void copy(char *out, const char *text)
{
	snprintf(out, VOLUME_TEXT, "%s", text ? text : "");
}

static void describe(struct volume *v, blkid_partition p)
{
	copy(v->part_uuid, blkid_partition_get_uuid(p));
	copy(v->part_label, blkid_partition_get_name(p));
	copy(v->part_type, blkid_partition_get_type_string(p));
}

/* Return: how many of @list are volumes; -1 with errno. */
static int make_volumes(const struct disk *d, blkid_partlist table, const struct extent *list,
			int n, struct volume *out, struct unread *unread)
{
	int made = 0;

	for (int i = 0; i < n; i++) {
		struct volume *v = &out[made];
		blkid_partition p = in_table(table, &list[i]);

		memset(v, 0, sizeof(*v));
		v->partition = list[i].number;
		snprintf(v->name, sizeof(v->name), "%s%u", d->device, v->partition);
		check_overlap(table, list, i, v->name, unread);
		if (p && is_container(p, &list[i]))
			continue;
		if (p)
			describe(v, p);
		if (disk_part(d, v->partition, list[i].start, list[i].sectors, v->device) < 0)
			return -1;
		made++;
	}
	return made;
}

static void check_table(const struct disk *d, blkid_partlist table, const struct extent *list,
			int n, struct unread *unread)
{
	for (int i = 0; i < blkid_partlist_numof_partitions(table); i++) {
		blkid_partition p = blkid_partlist_get_partition(table, i);
		unsigned int number = (unsigned int)blkid_partition_get_partno(p);
		char name[VOLUME_NAME];

		snprintf(name, sizeof(name), "%s%u", d->device, number);
		check_size(p, find(list, n, number), name, unread);
	}
}

int partitions_read(const struct disk *d, struct volume *list, size_t room, struct unread *unread)
{
	struct extent *extents = calloc(room, sizeof(*extents));
	blkid_probe probe = blkid_new_probe_from_filename(d->device);
	blkid_partlist table = probe ? blkid_probe_get_partitions(probe) : NULL;
	int n = extents ? read_kernel(strrchr(d->device, '/') + 1, extents, room) : -1;

	if (n >= 0 && table)
		check_table(d, table, extents, n, unread);
	if (n > 0 && !table)
		unread_tell(unread, d->device, "its partition table makes no sense");
	if (n > 0)
		n = make_volumes(d, table, extents, n, list, unread);
	blkid_free_probe(probe);
	free(extents);
	return n;
}
