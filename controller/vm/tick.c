/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from time passing. */
#include <inttypes.h>

#include "acm/contain.h"
#include "acm/keep.h"
#include "acm/restore.h"
#include "attest/attest.h"
#include "common/timefmt.h"
#include "remedy/ward.h"
#include "vm/tx.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

static void age(struct vm *vm, int64_t now)
{
	int64_t old = vm->proof_ms ? (now - vm->proof_ms) / 1000 : INT64_MAX;

	if ((vm->row.state == VM_TRUSTED || vm->row.state == VM_STALE) &&
	    old >= (int64_t)vm->conf->lost)
		vm_set_state(vm, VM_UNKNOWN, "lazaretd", "no proof for more than %u s",
			     vm->conf->lost);
	else if (vm->row.state == VM_TRUSTED && old >= (int64_t)vm->conf->stale)
		vm_set_state(vm, VM_STALE, "lazaretd", "the last proof is older than %u s",
			     vm->conf->stale);
}

static void watch_containment(struct vm *vm, int64_t now)
{
	const char *why = NULL;

	if (!vm_state_contained(vm->row.state) || vm->domid < 0 || vm->tx ||
	    (vm_level(vm) == LEVEL_WATCH && vm->row.plan))
		return;
	if (vm->row.contained) {
		if (contain_holds(vm, &why))
			return;
		vm->row.contained = false;
		host_event(vm->host, vm, "changed", "lazaretd", json_pack("{s:s}", "reason", why));
		contain_start(vm);
	} else if (now >= vm->contain_retry_ms) {
		contain_start(vm);
	}
}

static void expire_release(struct vm *vm)
{
	if (vm->row.state == VM_HELD && time_now_ns() >= vm->row.accepted_until_ns)
		vm_danger(vm, "lazaretd", "the operator's release has run out");
}

static void retry_channel(struct vm *vm, int64_t now)
{
	if (vm->channel && !vm->attest && vm->domid >= 0 && now >= vm->retry_ms)
		attest_start(vm);
}

/* A hotplug script found us too busy to answer, and holds one that need not be held (any more). */
static void release_hold(struct vm *vm)
{
	if (vm->domid >= 0 && !vm->tx && (!vm_state_contained(vm->row.state) || vm->row.contained))
		ts_hold_release(vm->host->ts, (uint32_t)vm->domid);
}

void vm_tick(struct vm *vm)
{
	int64_t now = time_mono_ms();

	if (vm->unsaved)
		host_save(vm, "retry", "lazaretd", NULL);
	age(vm, now);
	watch_containment(vm, now);
	expire_release(vm);
	release_resume(vm);
	release_hold(vm);
	vtpm_tick(vm);
	retry_channel(vm, now);
	if (vm->refused[0])
		admission_consider(vm); /* the one that was in its way may have gone */
	keep_running(vm);
	ward_tick(vm);
}
