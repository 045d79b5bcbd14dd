// SPDX-License-Identifier: GPL-2.0-only
/* xenstore, with as much as its quotas let a guest have. */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <xen/xenbus.h>

#include "fighting.h"

#define FOLDER	    "data/flood"
#define CHANNEL	    "data/lazaret"
#define NODES	    1200 /* more than the 1000 that a guest may have */
#define WATCHES	    130 /* more than 128 */
#define TRANSACTIONS 12 /* more than 10 */
#define CALLS	    64 /* a lap */

static char name[16];
static unsigned int next;
static bool watching;
static unsigned int channel; /* of the lazaret module, as it says */

static void heard(struct xenbus_watch *watch, const char *path, const char *token)
{
}

/* Each write is told to all of them. */
static void watch_all(void)
{
	static struct xenbus_watch watches[WATCHES];
	int i;

	watching = true;
	for (i = 0; i < WATCHES; i++) {
		watches[i].node = FOLDER;
		watches[i].callback = heard;
		if (register_xenbus_watch(&watches[i]))
			break;
	}
}

/* Begun and never ended: each makes xenstored keep what it has seen. */
static void hang_transactions(void)
{
	static struct xenbus_transaction open;
	int i;

	for (i = 0; i < TRANSACTIONS; i++)
		if (xenbus_transaction_start(&open) ||
		    xenbus_printf(open, FOLDER, "hung", "%d", i))
			break;
}

void fighting_store_lap(void)
{
	int i;

	if (!watching) {
		watch_all();
		hang_transactions();
		channel = xenbus_read_unsigned(CHANNEL, "event-channel", 0);
	}
	for (i = 0; i < CALLS; i++) {
		snprintf(name, sizeof(name), "%u", next++ % NODES);
		if (!xenbus_printf(XBT_NIL, FOLDER, name, "%lu", fighting_store_writes))
			fighting_store_writes++;
	}
	/* The controller watches this one. */
	xenbus_printf(XBT_NIL, CHANNEL, "event-channel", "%u", channel);
}
