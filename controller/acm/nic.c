/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network cards of a domain, from the backend's side. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "acm/libxl_ctx.h"

/*
 * The frontend's folder in xenstore is the guest's to empty: libxl keeps its own copy below /libxl.
 * Not there: no cards.
 */
#define PATH_CARDS "/libxl/%u/device/vif"
#define PATH_SIZE  256
#define RATE_SIZE  48

/* Return: how many there are, and their names for free() in @list; -1 if that can't be read. */
static int list_cards(struct ts *ts, uint32_t domid, char ***list)
{
	char path[64];
	unsigned int n = 0;

	snprintf(path, sizeof(path), PATH_CARDS, domid);
	*list = xs_directory(ts->xs, XBT_NULL, path, &n);
	if (!*list)
		return errno == ENOENT ? 0 : -1;
	return (int)n;
}

int ts_nics(struct ts *ts, uint32_t domid, int devids[TS_NICS_MAX])
{
	char **list;
	int n = list_cards(ts, domid, &list);

	if (n > TS_NICS_MAX)
		n = TS_NICS_MAX;
	for (int i = 0; i < n; i++)
		devids[i] = atoi(list[i]);
	free(list);
	return n;
}

static int devid_of(const json_t *nic)
{
	return (int)json_integer_value(json_object_get(nic, "devid"));
}

static bool has_devid(const json_t *nics, int devid)
{
	const json_t *nic;
	size_t i;

	json_array_foreach (nics, i, nic)
		if (devid_of(nic) == devid)
			return true;
	return false;
}

bool nics_are(struct ts *ts, uint32_t domid, const json_t *nics)
{
	char **list;
	int n = list_cards(ts, domid, &list);
	bool same = n >= 0 && (size_t)n == json_array_size(nics);

	for (int i = 0; same && i < n; i++)
		same = has_devid(nics, atoi(list[i]));
	free(list);
	return same;
}

/* Fills @dir with the backend's folder. Return: 1; 0 if there is no such card; -1 on error. */
static int backend_of(struct ts *ts, uint32_t domid, int devid, char dir[PATH_SIZE])
{
	char path[96], *value;
	unsigned int len;

	snprintf(path, sizeof(path), PATH_CARDS "/%d/backend", domid, devid);
	value = xs_read(ts->xs, XBT_NULL, path, &len);
	if (!value)
		return errno == ENOENT ? 0 : -1;
	snprintf(dir, PATH_SIZE, "%s", value);
	free(value);
	return 1;
}

/* Return: 1 if the node has that value, or none is wanted; 0 if not; -1 on error. */
static int is_node(struct ts *ts, const char *dir, const char *key, const char *want)
{
	char path[PATH_SIZE + 16], *value;
	unsigned int len;
	int same;

	if (!want)
		return 1;
	snprintf(path, sizeof(path), "%s/%s", dir, key);
	value = xs_read(ts->xs, XBT_NULL, path, &len);
	if (!value)
		return errno == ENOENT ? 0 : -1;
	same = !strcmp(value, want);
	free(value);
	return same;
}

/* As libxl writes it into xenstore. NULL: no limit. */
static const char *rate_of(const json_t *nic, char text[RATE_SIZE])
{
	json_int_t usecs = json_integer_value(json_object_get(nic, "rate_interval_usecs"));

	if (usecs <= 0)
		return NULL;
	snprintf(text, RATE_SIZE, "%" JSON_INTEGER_FORMAT ",%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(nic, "rate_bytes_per_interval")), usecs);
	return text;
}

int ts_nic_made(struct ts *ts, uint32_t domid, int devid)
{
	char dir[PATH_SIZE];
	int there = backend_of(ts, domid, devid, dir);

	return there > 0 ? is_node(ts, dir, "hotplug-status", "connected") : there;
}

int ts_nic_same(struct ts *ts, uint32_t domid, const json_t *config, size_t at)
{
	/* What libxl calls it in a configuration, and in xenstore. */
	static const char *const keys[][2] = {{"mac", "mac"},
					      {"bridge", "bridge"},
					      {"ifname", "vifname"},
					      {"gatewaydev", "gatewaydev"},
					      {"ip", "ip"}};
	const json_t *nic = json_array_get(json_object_get(config, "nics"), at);
	char dir[PATH_SIZE], rate[RATE_SIZE];
	int same = nic ? backend_of(ts, domid, devid_of(nic), dir) : 0;

	if (same > 0)
		same = ts_nic_made(ts, domid, devid_of(nic));
	for (size_t i = 0; same > 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
		same = is_node(ts, dir, keys[i][1],
			       json_string_value(json_object_get(nic, keys[i][0])));
	return same > 0 ? is_node(ts, dir, "rate", rate_of(nic, rate)) : same;
}

void ts_nic_detach(struct ts *ts, uint32_t domid, int devid, ts_done *done, void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	int rc = libxl_devid_to_device_nic(ts->ctx, domid, devid, &op->nic);

	if (!rc)
		rc = libxl_device_nic_destroy(ts->ctx, domid, &op->nic, &op->how);
	ts_op_started(op, rc);
}

void ts_nic_attach(struct ts *ts, uint32_t domid, const json_t *config, size_t at, ts_done *done,
		   void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	json_t *nic = json_array_get(json_object_get(config, "nics"), at);
	char *text = json_dumps(nic, JSON_COMPACT);
	int rc = text ? libxl_device_nic_from_json(ts->ctx, &op->nic, text) : ERROR_NOMEM;

	free(text);
	/* Nobody can plug in again what the guest has unplugged, and libxl's script would fail. */
	if (op->nic.nictype == LIBXL_NIC_TYPE_VIF_IOEMU && !emulated_cards_are(ts, domid))
		op->nic.nictype = LIBXL_NIC_TYPE_VIF;
	if (!rc)
		rc = libxl_device_nic_add(ts->ctx, domid, &op->nic, &op->how);
	ts_op_started(op, rc);
}
