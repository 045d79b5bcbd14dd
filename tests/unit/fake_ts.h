/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A toolstack of one domain, for tests of what is done to it: acm/toolstack.h without Xen.
 *
 * It does what Xen would and writes down each call; a test can make a call fail or make the domain
 * vanish before it.
 */
#ifndef LAZARET_FAKE_TS_H
#define LAZARET_FAKE_TS_H

#include "acm/toolstack.h"

#define FAKE_LOG 1024

struct fake_ts {
	bool exists;
	bool flask;
	int paused; /* how often: Xen counts */
	uint32_t domid;
	char label[TS_LABEL_SIZE];
	int nics;
	struct ts_disk disks[4];
	int disk_count;
	bool shared; /* another domain has the same disks */
	int pcis;
	struct ts_caps caps;
	char uuid[37];
	bool script_holds; /* a hotplug script has paused it besides */
	int peers; /* guests with an event channel to it */
	int emulated_cards; /* of its device model, that are up */
	int emulated_disks; /* how often its device model is seen to have a disk open */
	int half_nics; /* of the cards, so many last ones are half made */
	int unconnected; /* devices that the guest does not use */
	int half_disk; /* devid of a disk that is; 0: none */
	bool other_nic; /* the cards are not as recorded */
	const char *fail; /* call that fails */
	const char *vanish; /* call before which the domain goes away */
	char log[FAKE_LOG]; /* names of the calls that change something, each with a blank */
	struct event_base *base;
};

extern struct fake_ts fake;

/* A running domain 5 with label «x:x:guest_t», @nics network cards and a root disk, xvda. */
void fake_reset(struct event_base *base, int nics);

/* Notes a call, in the log if @logged. Return: 0 if it may do its work. */
int fake_call(const char *name, bool logged);

/* The end of an operation, told from the event loop. */
void fake_later(ts_done *done, void *arg, int rc);

/* One more disk. */
void fake_disk(const char *vdev, bool writable, const char *target);

#endif
