/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/volume.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEGIN	    (1u << 20) /* bytes in which everything that is known begins */
#define AMBIVALENT  (-2) /* libblkid: more than one thing at once */
#define LOADER_MAX  (8u << 20) /* bytes of a partition for the code of a boot loader */
#define LOADER_TYPE "21686148-6449-6e6f-744e-656564454649" /* «BIOS boot» in a GPT */

static const char *const file_systems[] = {"ext2", "ext3", "ext4", "xfs", "vfat"};

/* What is said of contents; of all others, that they are not read. */
static const struct {
	const char *type;
	const char *reason;
} reasons[] = {
	{"swsuspend", "the memory of a hibernated system, which it would go on with"},
	{"linux_raid_member", "a part of a RAID, which is not put together"},
};

static bool is_file_system(const char *type)
{
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++)
		if (!strcmp(type, file_systems[i]))
			return true;
	return false;
}

static void look_up(blkid_probe probe, const char *key, char *out)
{
	const char *value = NULL;

	*out = '\0';
	if (blkid_probe_lookup_value(probe, key, &value, NULL) == 0 && value)
		snprintf(out, VOLUME_TEXT, "%s", value);
}

static bool has_partitions(blkid_probe probe)
{
	blkid_partlist list = blkid_probe_get_partitions(probe);

	return list && blkid_partlist_numof_partitions(list) > 0;
}

/*
 * @table: set if there are partitions as well. A boot sector without any looks like an empty table.
 * Return: libblkid's: 0, 1 if it knows nothing like that, AMBIVALENT, or -1.
 */
static int probe(struct volume *v, bool *table)
{
	blkid_probe p = blkid_new_probe_from_filename(v->device);
	int rc;

	*table = false;
	v->type[0] = v->uuid[0] = v->label[0] = '\0';
	if (!p)
		return -1;
	blkid_probe_enable_superblocks(p, 1);
	blkid_probe_set_superblocks_flags(p, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
						     BLKID_SUBLKS_LABEL);
	blkid_probe_enable_partitions(p, 1);
	rc = blkid_do_safeprobe(p);
	if (!rc) {
		look_up(p, "TYPE", v->type);
		look_up(p, "UUID", v->uuid);
		look_up(p, "LABEL", v->label);
		*table = has_partitions(p);
	}
	blkid_free_probe(p);
	return rc;
}

/* Return: is there nothing but zeros where it begins? @size: bytes of all of it, if so. */
static bool is_empty(const char *device, uint64_t *size)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	char *begin = calloc(1, BEGIN);
	ssize_t n = fd >= 0 && begin ? read(fd, begin, BEGIN) : -1;
	bool empty = n > 0;

	for (ssize_t i = 0; empty && i < n; i++)
		empty = !begin[i];
	*size = fd >= 0 ? (uint64_t)lseek(fd, 0, SEEK_END) : 0;
	free(begin);
	if (fd >= 0)
		close(fd);
	return empty;
}

/* Of no known kind. A boot loader's own code is none either, and nothing here knows what it should be. */
static void tell_unknown(const struct volume *v, struct unread *unread)
{
	uint64_t size;

	if (is_empty(v->device, &size))
		return;
	if (size && size <= LOADER_MAX && !strcmp(v->part_type, LOADER_TYPE))
		return;
	unread_tell(unread, v->name, "its content is of no known kind");
}

static void tell_type(const struct volume *v, struct unread *unread)
{
	char text[VOLUME_TEXT + 64];

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(v->type, reasons[i].type)) {
			unread_tell(unread, v->name, reasons[i].reason);
			return;
		}
	snprintf(text, sizeof(text), "its content is %s, which a remedy domain does not read",
		 v->type);
	unread_tell(unread, v->name, text);
}

void volume_probe(struct volume *v, struct unread *unread)
{
	bool table;
	int rc = probe(v, &table);

	v->kind = VOLUME_NOTHING;
	if (rc == AMBIVALENT)
		unread_tell(unread, v->name, "its content is of several kinds at once");
	else if (rc < 0)
		unread_tell(unread, v->name, strerror(errno ? errno : EIO));
	else if (table)
		unread_tell(unread, v->name,
			    *v->type ? "it is a file system and a partition table at once"
				     : "a partition table inside of it is not read");
	else if (!*v->type)
		tell_unknown(v, unread);
	else if (is_file_system(v->type))
		v->kind = VOLUME_FILES;
	else if (!strcmp(v->type, "LVM2_member"))
		v->kind = VOLUME_PHYSICAL;
	else if (!strcmp(v->type, "crypto_LUKS"))
		v->kind = VOLUME_ENCRYPTED;
	else if (strcmp(v->type, "swap") != 0)
		tell_type(v, unread);
}

bool volume_type(const char *device, char type[VOLUME_TEXT])
{
	struct volume v = {0};
	bool table;
	int rc;

	snprintf(v.device, sizeof(v.device), "%s", device);
	rc = probe(&v, &table);
	snprintf(type, VOLUME_TEXT, "%s", rc == AMBIVALENT ? "several kinds of content" : v.type);
	return *type;
}
