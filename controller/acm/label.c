/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels of domains: XSM/FLASK by libxenctrl (xen/public/xsm/flask_op.h). */
#include <string.h>

#include "acm/libxl_ctx.h"

/* Asked anew each time: setenforce may have changed it, and containment depends on it. */
bool ts_flask(struct ts *ts)
{
	ts->flask = xc_flask_getenforce(ts->xc) == 1;
	return ts->flask;
}

static int label_to_sid(struct ts *ts, const char *label, uint32_t *sid)
{
	char buf[TS_LABEL_SIZE];
	size_t len = strlen(label);

	if (len >= sizeof(buf))
		return -1;
	memcpy(buf, label, len + 1);
	return xc_flask_context_to_sid(ts->xc, buf, (uint32_t)len, sid) < 0 ? -1 : 0;
}

bool ts_label_valid(struct ts *ts, const char *label)
{
	uint32_t sid;

	return label_to_sid(ts, label, &sid) == 0;
}

int ts_label_get(struct ts *ts, uint32_t domid, char *label)
{
	xc_dominfo_t info;

	label[0] = '\0';
	if (xc_domain_getinfo(ts->xc, domid, 1, &info) != 1 || info.domid != domid)
		return -1;
	if (xc_flask_sid_to_context(ts->xc, (int)info.ssidref, label, TS_LABEL_SIZE) < 0)
		return -1;
	label[TS_LABEL_SIZE - 1] = '\0';
	return 0;
}

int ts_label_set(struct ts *ts, uint32_t domid, const char *label)
{
	char now[TS_LABEL_SIZE];
	uint32_t sid;

	/* A policy need not allow a transition from a type to itself, and Xen asks it even then. */
	if (!ts_label_get(ts, domid, now) && !strcmp(now, label))
		return 0;
	if (label_to_sid(ts, label, &sid) < 0)
		return -1;
	return xc_flask_relabel_domain(ts->xc, domid, sid) < 0 ? -1 : 0;
}
