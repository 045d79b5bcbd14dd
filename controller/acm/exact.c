/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/exact.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vm/vm.h"

#define SYSFS_SIZE 64

/* In sectors of 512 bytes, from sysfs: the device is not opened. -1: not known. */
static long long device_size(unsigned int major_id, unsigned int minor_id)
{
	char path[SYSFS_SIZE];
	long long sectors = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/size", major_id, minor_id);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%lld", &sectors) != 1)
		sectors = -1;
	fclose(file);
	return sectors;
}

json_t *exact_identity(const char *path)
{
	struct statx st;

	if (!path[0] || statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return json_null();
	if (S_ISBLK(st.stx_mode))
		return json_pack("{s:s,s:I}", "kind", "device", "sectors",
				 (json_int_t)device_size(st.stx_rdev_major, st.stx_rdev_minor));
	return json_pack("{s:s,s:I,s:I}", "kind", "file", "inode", (json_int_t)st.stx_ino, "born",
			 st.stx_mask & STATX_BTIME ? (json_int_t)st.stx_btime.tv_sec : 0);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool bridges_there(const struct vm *vm, char *why, size_t size)
{
	const json_t *nic;
	size_t i;

	json_array_foreach (json_object_get(vm->row.plan, "nics"), i, nic) {
		const char *bridge = text_of(nic, "bridge");
		char path[SYSFS_SIZE];

		snprintf(path, sizeof(path), "/sys/class/net/%s", bridge);
		if (!bridge[0] || access(path, F_OK) == 0)
			continue;
		snprintf(why, size, "its bridge %s is not there any more: make it again", bridge);
		return false;
	}
	return true;
}

static bool is_attached(const struct ts_disk *disks, int n, const char *vdev)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(disks[i].vdev, vdev))
			return true;
	return false;
}

/* One of the plan that the VM has not now. */
static bool disk_as_it_was(const struct vm *vm, const json_t *disk, char *why, size_t size)
{
	const char *vdev = text_of(disk, "vdev"), *target = text_of(disk, "target");
	json_t *now = exact_identity(target);
	bool gone = json_is_null(now);
	bool same = json_equal(now, json_object_get(disk, "file"));
	bool shared = json_is_true(json_object_get(disk, "shared"));

	json_decref(now);
	if (gone && !same)
		snprintf(why, size, "%s of its disk %s is gone: put it back", target, vdev);
	else if (!same)
		snprintf(why, size, "%s of its disk %s is not what it was: put the old one back",
			 target, vdev);
	else if (!shared && ts_disk_shared(vm->host->ts, (uint32_t)vm->domid, target))
		snprintf(why, size, "another domain has %s of its disk %s now: take it away there",
			 target, vdev);
	else
		return true;
	return false;
}

bool exact_possible(const struct vm *vm, char *why, size_t size)
{
	struct ts_disk disks[TS_DISKS_MAX];
	int n = vm->domid < 0 ? 0 : ts_disks(vm->host->ts, (uint32_t)vm->domid, disks);
	const char *label = json_string_value(json_object_get(vm->row.plan, "label"));
	const json_t *one;
	size_t i;

	if (label && !admission_allows(vm, label, why, size))
		return false;
	if (n < 0) {
		snprintf(why, size, "its disks can't be read from xenstore");
		return false;
	}
	if (!bridges_there(vm, why, size))
		return false;
	json_array_foreach (json_object_get(vm->row.plan, "disks"), i, one)
		if (!is_attached(disks, n, text_of(one, "vdev")) &&
		    !disk_as_it_was(vm, one, why, size))
			return false;
	return true;
}
