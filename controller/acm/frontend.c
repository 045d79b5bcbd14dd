/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest makes of its devices, as their backends in dom0 see it. */
#include <stdio.h>
#include <stdlib.h>

#include "acm/libxl_ctx.h"

#define PATH_SIZE 96
#define CONNECTED 4 /* Xen: public/io/xenbus.h, XenbusStateConnected */

struct count {
	int connected, others;
};

static void count(struct ts *ts, const char *type, uint32_t domid, struct count *c)
{
	char dir[PATH_SIZE], path[2 * PATH_SIZE], **list, *state;
	unsigned int n = 0, len;

	snprintf(dir, sizeof(dir), "/local/domain/0/backend/%s/%u", type, domid);
	list = xs_directory(ts->xs, XBT_NULL, dir, &n);
	for (unsigned int i = 0; list && i < n; i++) {
		snprintf(path, sizeof(path), "%s/%.32s/state", dir, list[i]);
		state = xs_read(ts->xs, XBT_NULL, path, &len);
		if (state && atoi(state) == CONNECTED)
			c->connected++;
		else
			c->others++;
		free(state);
	}
	free(list);
}

void ts_remind(struct ts *ts, uint32_t domid, const char *type, int devid)
{
	char path[PATH_SIZE], **list;
	unsigned int n;

	snprintf(path, sizeof(path), "/local/domain/%u/device/%s/%d", domid, type, devid);
	list = xs_directory(ts->xs, XBT_NULL, path, &n);
	if (!list && xs_mkdir(ts->xs, XBT_NULL, path))
		xs_rm(ts->xs, XBT_NULL, path);
	free(list);
}

int ts_unconnected(struct ts *ts, uint32_t domid)
{
	struct count c = {0};

	count(ts, "vif", domid, &c);
	count(ts, "vbd", domid, &c);
	return c.connected ? c.others : 0;
}
