/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/doubt.h"

#include <stdio.h>
#include <string.h>

#include "attest/prover.h"
#include "common/timefmt.h"
#include "vm/vm.h"

void doubt_pause(struct vm *vm)
{
	struct doubt *d = &vm->doubt;

	if (d->since_ms)
		d->spent_ms += time_mono_ms() - d->since_ms;
	d->since_ms = 0;
}

void doubt_forget(struct vm *vm)
{
	memset(&vm->doubt, 0, sizeof(vm->doubt));
}

/* A new connection explains the old part of its log again: that is no progress. */
static bool is_progress(struct doubt *d, const struct ipc_doubt *new)
{
	bool more = new->committed > d->committed;

	if (new->records > d->records)
		d->records = new->records;
	if (more)
		d->committed = new->committed;
	return more || (!new->why[0] && new->committed >= d->records);
}

static void conclude(struct vm *vm, const char *why)
{
	struct ipc_text text;

	snprintf(text.text, sizeof(text.text), "%s", why);
	vm_on_tamper(vm, &text);
}

void doubt_heard(struct vm *vm, const struct ipc_doubt *doubt)
{
	struct doubt *d = &vm->doubt;
	int64_t now = time_mono_ms();

	if (!vm->greeted)
		return;
	if (is_progress(d, doubt)) {
		d->since_ms = d->spent_ms = 0;
		d->told = false;
	}
	if (!doubt->why[0]) {
		doubt_pause(vm);
		return;
	}
	if (!d->since_ms)
		d->since_ms = now;
	if (!d->told && d->spent_ms + now - d->since_ms > PROVER_PATIENCE_MS)
		conclude(vm, doubt->why);
}
