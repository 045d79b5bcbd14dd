// SPDX-License-Identifier: GPL-2.0-only
/* Frontends that do not let go. */
#include <linux/errno.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <xen/xenbus.h>

#include "fighting.h"

#define FRONTENDS_MAX 16
#define NODE_SIZE     32

static char nodes[FRONTENDS_MAX][NODE_SIZE];
static unsigned int count;

static void deaf(struct xenbus_device *dev, enum xenbus_state backend_state)
{
}

static void keep(struct xenbus_device *dev)
{
}

static bool is_device(const struct xenbus_device *dev)
{
	return strstarts(dev->nodename, "device/vif/") || strstarts(dev->nodename, "device/vbd/");
}

static int refuse_one(struct device *dev, void *unused)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct xenbus_driver *driver = dev->driver ? to_xenbus_driver(dev->driver) : NULL;

	if (!driver || !is_device(xdev) || count == FRONTENDS_MAX)
		return 0;
	strscpy(nodes[count++], xdev->nodename, NODE_SIZE);
	driver->otherend_changed = deaf;
	if (driver->remove != keep)
		get_device(dev); /* its memory is used by what is not removed */
	driver->remove = keep;
	return 0;
}

/* Nothing else leads to the bus from here. */
static struct bus_type *find_bus(void)
{
	struct net_device *card;
	struct bus_type *bus = NULL;

	rtnl_lock();
	for_each_netdev(&init_net, card)
		if (card->dev.parent && card->dev.parent->bus &&
		    !strcmp(card->dev.parent->bus->name, "xen"))
			bus = (struct bus_type *)card->dev.parent->bus;
	rtnl_unlock();
	return bus;
}

int fighting_refuse(void)
{
	struct bus_type *bus = find_bus();

	if (!bus)
		return -ENODEV;
	count = 0;
	return bus_for_each_dev(bus, NULL, NULL, refuse_one);
}

void fighting_each_frontend(void (*visit)(const char *node))
{
	unsigned int i;

	for (i = 0; i < count; i++)
		visit(nodes[i]);
}
