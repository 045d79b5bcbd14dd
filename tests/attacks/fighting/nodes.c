// SPDX-License-Identifier: GPL-2.0-only
/* Frontends' nodes: written again as often as dom0 takes them away. */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "fighting.h"

#define PATH_SIZE 96

static void attempt(int rc)
{
	fighting_nodes_tried++;
	if (!rc)
		fighting_nodes_made++;
}

/* As a frontend that is connected, to a backend in dom0 where it would be. */
static void write_again(const char *node)
{
	char backend[PATH_SIZE];
	const char *kind = node + strlen("device/");

	attempt(xenbus_write(XBT_NIL, node, "", ""));
	snprintf(backend, sizeof(backend), "/local/domain/0/backend/%s", kind);
	attempt(xenbus_write(XBT_NIL, node, "backend", backend));
	attempt(xenbus_write(XBT_NIL, node, "backend-id", "0"));
	attempt(xenbus_write(XBT_NIL, node, "event-channel", "1"));
	attempt(xenbus_printf(XBT_NIL, node, "state", "%d", XenbusStateConnected));
	attempt(xenbus_printf(XBT_NIL, backend, "state", "%d", XenbusStateConnected));
}

void fighting_nodes_lap(void)
{
	fighting_each_frontend(write_again);
}
