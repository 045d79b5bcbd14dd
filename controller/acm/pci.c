/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical devices that are passed through to a domain. */
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "acm/libxl_ctx.h"

int ts_pcis(struct ts *ts, uint32_t domid, ts_bdf bdfs[TS_PCIS_MAX])
{
	int n = 0;
	libxl_device_pci *list = libxl_device_pci_list(ts->ctx, domid, &n);

	for (int i = 0; list && i < n && i < TS_PCIS_MAX; i++)
		ts_bdf_put(bdfs[i], (unsigned int)list[i].domain, list[i].bus, list[i].dev,
			   list[i].func);
	if (list)
		libxl_device_pci_list_free(list, n);
	return n > TS_PCIS_MAX ? -1 : list ? n : 0;
}

/* The domain's own device of that address. Return: 0, or libxl's error. */
static int find(struct ts *ts, uint32_t domid, const char *bdf, libxl_device_pci *out)
{
	int n = 0, rc = ERROR_INVAL;
	libxl_device_pci *list = libxl_device_pci_list(ts->ctx, domid, &n);

	for (int i = 0; list && rc && i < n; i++) {
		ts_bdf now;

		ts_bdf_put(now, (unsigned int)list[i].domain, list[i].bus, list[i].dev,
			   list[i].func);
		if (strcmp(now, bdf))
			continue;
		libxl_device_pci_copy(ts->ctx, out, &list[i]);
		rc = 0;
	}
	if (list)
		libxl_device_pci_list_free(list, n);
	return rc;
}

void ts_pci_detach(struct ts *ts, uint32_t domid, const char *bdf, ts_done *done, void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	int rc = find(ts, domid, bdf, &op->pci);

	if (!rc)
		rc = libxl_device_pci_destroy(ts->ctx, domid, &op->pci, &op->how);
	ts_op_started(op, rc);
}

void ts_pci_attach(struct ts *ts, uint32_t domid, const json_t *config, size_t at, ts_done *done,
		   void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	const json_t *list = json_object_get(json_object_get(config, "config"), "pcidevs");
	char *text = json_dumps(json_array_get(list, at), JSON_COMPACT);
	int rc = text ? libxl_device_pci_from_json(ts->ctx, &op->pci, text) : ERROR_NOMEM;

	free(text);
	if (!rc)
		rc = libxl_device_pci_add(ts->ctx, domid, &op->pci, &op->how);
	ts_op_started(op, rc);
}
