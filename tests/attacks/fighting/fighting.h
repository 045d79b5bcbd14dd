/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that fights its containment: it keeps its devices' rings and grants, ignores backends that
 * close, writes its frontends' nodes again, floods xenstore and event channels, and at last spins
 * with interrupts off.  dom0 must cut it off all the same, and nobody else may suffer.
 *
 * Each of these is a switch below /sys/module/fighting/parameters.
 */
#ifndef FIGHTING_H
#define FIGHTING_H

#include <linux/types.h>

/* A thread that does a little and is called again, while its switch is on. */
struct fight {
	const char *name;
	const bool *on;
	void (*lap)(void);
};

/*
 * From now on the drivers of network cards and disks do not hear of what their backends say, and
 * take nothing back when a device is removed.  For good: a module that is unloaded is no fighter.
 * Return: 0; -ENODEV if there is no network card.
 */
int fighting_refuse(void);

/* Calls @visit with the node of each frontend that was there at the last fighting_refuse(). */
void fighting_each_frontend(void (*visit)(const char *node));

void fighting_nodes_lap(void);
void fighting_store_lap(void);
void fighting_events_lap(void);

/* All processors, for ever. */
void fighting_spin(void);

/* How often each was done, and how often Xen or xenstore let us. */
extern unsigned long fighting_nodes_tried, fighting_nodes_made;
extern unsigned long fighting_store_writes, fighting_events_sent;

#endif /* FIGHTING_H */
