// SPDX-License-Identifier: GPL-2.0-only
/* Every channel that this guest has, rung as fast as it goes; and as many more as it may have. */
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "fighting.h"

#define PORTS  512
#define ROUNDS 16

static bool full;

static void take_all(void)
{
	struct evtchn_alloc_unbound more = { .dom = DOMID_SELF, .remote_dom = 0 };

	full = true;
	while (more.port < PORTS && !HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &more))
		;
}

void fighting_events_lap(void)
{
	struct evtchn_send send;
	int round;

	if (!full)
		take_all();
	for (round = 0; round < ROUNDS; round++)
		for (send.port = 1; send.port < PORTS; send.port++)
			if (!HYPERVISOR_event_channel_op(EVTCHNOP_send, &send))
				fighting_events_sent++;
}
