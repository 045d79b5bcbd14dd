/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/unread.h"

#include <stdio.h>

#include "worker/report.h"

void unread_tell(struct unread *u, const char *name, const char *reason)
{
	if (!u->n++)
		snprintf(u->first, sizeof(u->first), "%.90s: %.100s", name, reason);
	if (!u->quiet)
		report_unreadable(name, reason);
}
