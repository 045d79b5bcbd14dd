/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/incarnation.h"

#include <limits.h>

#include "acm/libxl_ctx.h"

int incarnation_get(struct ts *ts, uint32_t domid)
{
	uint32_t mode, khz, incarnation;
	uint64_t elapsed;

	if (xc_domain_get_tsc_info(ts->xc, domid, &mode, &elapsed, &khz, &incarnation) ||
	    incarnation > INT_MAX)
		return -1;
	return (int)incarnation;
}
