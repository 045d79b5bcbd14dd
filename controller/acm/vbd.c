/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual disks of a domain, from the backend's side. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libxl_utils.h>

#include "acm/libxl_ctx.h"

/* libxl's own copy: the frontend's folder is the guest's to change. */
#define PATH_DISKS "/libxl/%u/device/vbd"
#define PATH_SIZE  256

/* The node's value for free(); NULL if there is none. */
static char *read_node(struct ts *ts, const char *dir, const char *key)
{
	char path[PATH_SIZE + 32];
	unsigned int len;

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return xs_read(ts->xs, XBT_NULL, path, &len);
}

static char *backend_of(struct ts *ts, uint32_t domid, const char *devid)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), PATH_DISKS "/%s", domid, devid);
	return read_node(ts, path, "backend");
}

/* A backend in a device model has «aio:» or the like before the path. */
static const char *path_in(const char *params)
{
	const char *slash = strchr(params, '/');

	return slash ? slash : params;
}

/* Return: 0; -1 if the backend does not tell all. */
static int fill(struct ts *ts, const char *backend, const char *devid, struct ts_disk *out)
{
	char *vdev = read_node(ts, backend, "dev"), *mode = read_node(ts, backend, "mode");
	char *params = read_node(ts, backend, "params");
	int rc = vdev && mode ? 0 : -1;

	memset(out, 0, sizeof(*out));
	out->devid = atoi(devid);
	if (!rc) {
		snprintf(out->vdev, sizeof(out->vdev), "%s", vdev);
		snprintf(out->target, sizeof(out->target), "%s", params ? path_in(params) : "");
		out->writable = mode[0] != 'r';
	}
	free(vdev);
	free(mode);
	free(params);
	return rc;
}

int ts_disks(struct ts *ts, uint32_t domid, struct ts_disk disks[TS_DISKS_MAX])
{
	char path[PATH_SIZE], **list;
	unsigned int n = 0, done = 0;

	snprintf(path, sizeof(path), PATH_DISKS, domid);
	list = xs_directory(ts->xs, XBT_NULL, path, &n);
	if (!list)
		return errno == ENOENT ? 0 : -1;
	while (n <= TS_DISKS_MAX && done < n) {
		char *backend = backend_of(ts, domid, list[done]);
		int rc = backend ? fill(ts, backend, list[done], &disks[done]) : -1;

		free(backend);
		if (rc < 0)
			break;
		done++;
	}
	free(list);
	return done == n ? (int)n : -1;
}

/* One thing under two names is the same one. */
static bool same_file(const char *one, const char *other)
{
	struct stat a, b;

	if (!strcmp(one, other))
		return true;
	if (stat(one, &a) < 0 || stat(other, &b) < 0)
		return false;
	if (S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode))
		return a.st_rdev == b.st_rdev;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool has_target(struct ts *ts, uint32_t domid, const char *target)
{
	struct ts_disk disks[TS_DISKS_MAX];
	int n = ts_disks(ts, domid, disks);

	for (int i = 0; i < n; i++)
		if (same_file(disks[i].target, target))
			return true;
	return false;
}

bool ts_disk_shared(struct ts *ts, uint32_t domid, const char *target)
{
	struct ts_domain *list = NULL;
	int n = ts_list(ts, &list);
	bool shared = n < 0;

	for (int i = 0; i < n && !shared; i++)
		shared = list[i].domid != domid && !list[i].dying &&
			 has_target(ts, list[i].domid, target);
	free(list);
	return shared;
}

static const json_t *config_disk(const json_t *config, const char *vdev)
{
	const json_t *disk;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(config, "config"), "disks"), i, disk)
		if (!strcmp(json_string_value(json_object_get(disk, "vdev")) ?: "", vdev))
			return disk;
	return NULL;
}

/* libxl completes a script's name with its folder. */
static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static bool script_is(struct ts *ts, const char *backend, const char *want)
{
	char *script = want ? read_node(ts, backend, "script") : NULL;
	bool same = !want || (script && ends_with(script, want));

	free(script);
	return same;
}

/* Has its script been through? Only then is there a device behind the backend. */
static bool is_complete(struct ts *ts, const char *backend)
{
	char *device = read_node(ts, backend, "physical-device");
	bool complete = device || !strstr(backend, "/vbd/");

	free(device);
	return complete;
}

int ts_disk_made(struct ts *ts, uint32_t domid, int devid)
{
	char name[16], *backend;
	int made;

	snprintf(name, sizeof(name), "%d", devid);
	backend = backend_of(ts, domid, name);
	made = backend ? is_complete(ts, backend) : -1;
	free(backend);
	return made;
}

int ts_disk_same(struct ts *ts, uint32_t domid, const json_t *config, const char *vdev)
{
	const json_t *want = config_disk(config, vdev);
	const char *path = json_string_value(json_object_get(want, "pdev_path"));
	struct ts_disk disks[TS_DISKS_MAX];
	int n = ts_disks(ts, domid, disks), same = n < 0 ? -1 : 0;

	for (int i = 0; want && i < n; i++) {
		char devid[16], *backend;

		if (strcmp(disks[i].vdev, vdev))
			continue;
		snprintf(devid, sizeof(devid), "%d", disks[i].devid);
		backend = backend_of(ts, domid, devid);
		same = backend && is_complete(ts, backend) &&
		       (!path || !strcmp(path, disks[i].target)) &&
		       disks[i].writable ==
			       !!json_integer_value(json_object_get(want, "readwrite")) &&
		       script_is(ts, backend, json_string_value(json_object_get(want, "script")));
		free(backend);
	}
	return same;
}

void ts_disk_detach(struct ts *ts, uint32_t domid, const char *vdev, ts_done *done, void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	int rc = libxl_vdev_to_device_disk(ts->ctx, domid, vdev, &op->disk);

	if (!rc)
		rc = libxl_device_disk_destroy(ts->ctx, domid, &op->disk, &op->how);
	ts_op_started(op, rc);
}

void ts_disk_attach(struct ts *ts, uint32_t domid, const json_t *config, const char *vdev,
		    ts_done *done, void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	const json_t *disk = config_disk(config, vdev);
	char *text = disk ? json_dumps(disk, JSON_COMPACT) : NULL;
	int rc = text ? libxl_device_disk_from_json(ts->ctx, &op->disk, text) : ERROR_NOMEM;

	free(text);
	if (!rc)
		rc = libxl_device_disk_add(ts->ctx, domid, &op->disk, &op->how);
	ts_op_started(op, rc);
}
