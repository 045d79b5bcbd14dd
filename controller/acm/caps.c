/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain may use of the machine, and which guests it shares event channels with. */
#include <errno.h>

#include "acm/libxl_ctx.h"

/* A hypercall each: a guest that opens more, to hide one, gets no more time of ours, and no answer. */
#define PORTS_LOOKED_AT 4096

int ts_caps_get(struct ts *ts, uint32_t domid, struct ts_caps *out)
{
	libxl_domain_sched_params params;
	int rc;

	libxl_domain_sched_params_init(&params);
	rc = libxl_domain_sched_params_get(ts->ctx, domid, &params);
	*out = (struct ts_caps){0};
	if (!rc) {
		out->cpu_cap = params.cap > 0 ? params.cap : 0;
		out->cpu_weight = params.weight > 0 ? params.weight : 0;
		rc = libxl_get_memory_target(ts->ctx, domid, &out->memory_kib);
	}
	libxl_domain_sched_params_dispose(&params);
	return rc ? -1 : 0;
}

int ts_caps_set(struct ts *ts, uint32_t domid, const struct ts_caps *caps)
{
	libxl_domain_sched_params params;
	int rc;

	libxl_domain_sched_params_init(&params);
	params.cap = caps->cpu_cap;
	rc = libxl_domain_sched_params_set(ts->ctx, domid, &params);
	libxl_domain_sched_params_dispose(&params);
	return rc ? -1 : 0;
}

static int add_peer(uint32_t domids[TS_PEERS_MAX], int n, uint32_t peer)
{
	for (int i = 0; i < n; i++)
		if (domids[i] == peer)
			return n;
	if (n < TS_PEERS_MAX)
		domids[n++] = peer;
	return n;
}

int ts_peers(struct ts *ts, uint32_t domid, uint32_t domids[TS_PEERS_MAX])
{
	int n = 0;

	for (evtchn_port_t port = 0; port < PORTS_LOOKED_AT; port++) {
		xc_evtchn_status_t status = {.dom = (domid_t)domid, .port = port};

		if (xc_evtchn_status(ts->xc, &status) < 0) {
			/* FLASK labels a channel when it gets another end: one without is nobody's. */
			if (errno == EACCES && ts->flask)
				continue;
			return errno == EINVAL ? n : -1;
		}
		if (status.status == EVTCHNSTAT_interdomain && status.u.interdomain.dom)
			n = add_peer(domids, n, status.u.interdomain.dom);
	}
	return -1;
}
