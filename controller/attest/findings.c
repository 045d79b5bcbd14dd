/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/findings.h"

#include "attest/session.h"

bool finding_is_suspicious(const struct finding *f)
{
	return f->action >= ACTION_UNKNOWN && f->class != FINDING_NO_PACK;
}

bool findings_judged(struct findings *all, const struct finding *f)
{
	uint64_t max = f->action == ACTION_DANGER ? SESSION_FINDINGS_MAX : SESSION_FINDINGS_MAX / 2;

	if (f->action == ACTION_DANGER)
		all->last_danger = f->index;
	if (f->action < ACTION_WARN || f->class == FINDING_NO_PACK || all->told >= max)
		return false;
	all->told++;
	return true;
}
