/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/saved.h"

#include <stdio.h>
#include <string.h>

#include "vtpm/inside.h"
#include "vtpm/mark.h"

static void set(struct vtpm *tpm)
{
	char path[VTPM_DIR_SIZE + 16], text[EXTENDS_SAVED_SIZE];

	snprintf(path, sizeof(path), "%s/extends", tpm->dir);
	tpm->saved = tpm->incarnation > 0 &&
		     extends_saved(path, (unsigned int)tpm->incarnation, text) == 0 &&
		     mark_set(tpm->dir, MARK_SAVED, text) == 0;
}

void saved_attach(struct vtpm *tpm)
{
	size_t len = strlen(tpm->generation);
	char text[MARK_SIZE];

	tpm->saved = mark_get(tpm->dir, MARK_SAVED, text) && !strncmp(text, tpm->generation, len) &&
		     text[len] == ' ';
}

void saved_look(struct vtpm *tpm)
{
	struct ts_domain dom;

	if (ts_info(tpm->vm->host->ts, tpm->domid, &dom) < 0)
		return;
	if (dom.shutdown == TS_SUSPENDED && !tpm->saved)
		set(tpm);
	if (dom.shutdown == TS_SUSPENDED || !tpm->saved)
		return;
	/* A checkpoint: it goes on, and what was saved of it is not what it will be. */
	mark_clear(tpm->dir, MARK_SAVED);
	tpm->saved = false;
}

/* One that is being torn down still tells why it had stopped. */
void saved_detach(struct vtpm *tpm)
{
	struct ts_domain dom = {.shutdown = TS_RUNNING};
	bool suspended = tpm->saved;

	ts_info(tpm->vm->host->ts, tpm->domid, &dom);
	if (dom.domid == tpm->domid)
		suspended = dom.shutdown == TS_SUSPENDED;
	if (suspended)
		set(tpm);
	else if (tpm->saved)
		mark_clear(tpm->dir, MARK_SAVED);
}
