/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network cards of a domain, from the backend's side. */
#include <stdio.h>
#include <stdlib.h>

#include <libxl_utils.h>

#include "acm/libxl_ctx.h"

/* The frontend's folder in xenstore is the guest's to empty: libxl keeps its own copy below /libxl. */
int ts_nics(struct ts *ts, uint32_t domid, int devids[TS_NICS_MAX])
{
	char path[64];
	unsigned int n = 0;
	char **list;
	int count = 0;

	snprintf(path, sizeof(path), "/libxl/%u/device/vif", domid);
	list = xs_directory(ts->xs, XBT_NULL, path, &n);
	for (unsigned int i = 0; list && i < n && count < TS_NICS_MAX; i++)
		devids[count++] = atoi(list[i]);
	free(list);
	return count;
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
	if (!rc)
		rc = libxl_device_nic_add(ts->ctx, domid, &op->nic, &op->how);
	ts_op_started(op, rc);
}
