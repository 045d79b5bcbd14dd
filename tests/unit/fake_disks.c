/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks of the toolstack that unit tests see. */
#include <stdio.h>
#include <string.h>

#include "fake_ts.h"

void fake_disk(const char *vdev, bool writable, const char *target)
{
	struct ts_disk *disk = &fake.disks[fake.disk_count++];

	*disk = (struct ts_disk){.devid = 50000 + fake.disk_count, .writable = writable};
	snprintf(disk->vdev, sizeof(disk->vdev), "%s", vdev);
	snprintf(disk->target, sizeof(disk->target), "%s", target);
}

int ts_disk_made(struct ts *ts, uint32_t domid, int devid)
{
	(void)ts;
	(void)domid;
	return devid != fake.half_disk;
}

int ts_disks(struct ts *ts, uint32_t domid, struct ts_disk disks[TS_DISKS_MAX])
{
	(void)ts;
	(void)domid;
	if (fake_call("disks", false) < 0)
		return fake.exists ? -1 : 0;
	memcpy(disks, fake.disks, sizeof(fake.disks));
	return fake.disk_count;
}

bool ts_disk_shared(struct ts *ts, uint32_t domid, const char *target)
{
	(void)ts;
	(void)domid;
	(void)target;
	return fake.shared;
}

static int disk_at(const char *vdev)
{
	int at = 0;

	while (at < fake.disk_count && strcmp(fake.disks[at].vdev, vdev))
		at++;
	return at;
}

void ts_disk_detach(struct ts *ts, uint32_t domid, const char *vdev, ts_done *done, void *arg)
{
	int rc = fake_call("disk-detach", true), at = disk_at(vdev);

	(void)ts;
	(void)domid;
	if (rc == 0 && at < fake.disk_count)
		fake.disks[at] = fake.disks[--fake.disk_count];
	fake_later(done, arg, rc);
}

static const json_t *config_disk(const json_t *config, const char *vdev)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(config, "config"), "disks"), i, one)
		if (!strcmp(json_string_value(json_object_get(one, "vdev")), vdev))
			return one;
	return NULL;
}

void ts_disk_attach(struct ts *ts, uint32_t domid, const json_t *config, const char *vdev,
		    ts_done *done, void *arg)
{
	const json_t *disk = config_disk(config, vdev);
	int rc = fake_call("disk-attach", true);

	(void)ts;
	(void)domid;
	if (rc == 0)
		fake_disk(vdev, json_is_true(json_object_get(disk, "readwrite")),
			  json_string_value(json_object_get(disk, "pdev_path")));
	fake_later(done, arg, rc);
}

int ts_disk_same(struct ts *ts, uint32_t domid, const json_t *config, const char *vdev)
{
	const json_t *want = config_disk(config, vdev);
	int at = disk_at(vdev);

	(void)ts;
	(void)domid;
	return want && at < fake.disk_count &&
	       fake.disks[at].writable == json_is_true(json_object_get(want, "readwrite")) &&
	       !strcmp(fake.disks[at].target,
		       json_string_value(json_object_get(want, "pdev_path")));
}
