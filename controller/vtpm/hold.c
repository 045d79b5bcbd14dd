/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/hold.h"

#include <string.h>

#include "common/log.h"
#include "vtpm/inside.h"
#include "vtpm/mark.h"

static bool has_run(const struct vtpm *tpm)
{
	struct ts_domain dom;

	return ts_info(tpm->vm->host->ts, tpm->domid, &dom) < 0 || dom.ran;
}

/* Was it held by an earlier run of ours? (Killed between mark and pause, it takes another's for ours.) */
static bool held_before(const struct vtpm *tpm)
{
	char text[MARK_SIZE];

	if (!mark_get(tpm->dir, MARK_HELD, text))
		return false;
	if (!strcmp(text, tpm->generation))
		return true;
	mark_clear(tpm->dir, MARK_HELD);
	return false;
}

void hold_take(struct vtpm *tpm)
{
	tpm->held = held_before(tpm);
	if (!tpm->held && !has_run(tpm)) {
		mark_set(tpm->dir, MARK_HELD, tpm->generation);
		tpm->held = ts_pause(tpm->vm->host->ts, tpm->domid) == 0;
	}
	/* It is looked at again, since it may have run meanwhile. */
	tpm->measure = tpm->held && !has_run(tpm);
	if (!tpm->measure)
		hold_release(tpm);
}

void hold_release(struct vtpm *tpm)
{
	if (!tpm->held)
		return;
	if (ts_unpause(tpm->vm->host->ts, tpm->domid) < 0)
		log_warnx("%s: Xen refused to unpause it", tpm->vm->row.name);
	hold_forget(tpm);
}

void hold_forget(struct vtpm *tpm)
{
	if (tpm->held)
		mark_clear(tpm->dir, MARK_HELD);
	tpm->held = false;
}
