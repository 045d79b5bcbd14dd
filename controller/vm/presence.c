/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's domain comes and goes. */
#include <inttypes.h>
#include <string.h>

#include "acm/contain.h"
#include "attest/attest.h"
#include "evidence/make.h"
#include "vm/tx.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

#define REASON_DOWN "the VM does not run"

/* What was the second domain is the only one now: the pause that vm_twin() gave it is ours. */
static void take_twin_pause(struct vm *vm)
{
	vm->twin = -1;
	if (!vm_state_contained(vm->row.state))
		return;
	vm->row.paused_by_us = vm->pause_held = true;
}

/*
 * A VM whose configuration names no UUID gets another one with each start: then its name is all that
 * tells of its quarantine.
 */
static void inherit_danger(struct vm *vm)
{
	char reason[STORE_REASON_SIZE];
	struct vm *other;

	LIST_FOREACH (other, &vm->host->vms, entry) {
		if (other == vm || other->domid >= 0 || strcmp(other->row.name, vm->row.name) ||
		    !vm_state_contained(other->row.state) || vm_state_contained(vm->row.state) ||
		    vm->row.state == VM_HELD)
			continue;
		snprintf(reason, sizeof(reason),
			 "a VM of this name, UUID %s, is in quarantine: if it is another one, "
			 "release "
			 "both; set uuid= in its configuration",
			 other->row.uuid);
		vm_danger(vm, "lazaretd", reason);
	}
}

static void new_domain(struct vm *vm, const struct ts_domain *dom)
{
	bool ours = vm->tx && vm->tx->creates;

	vm_forget_boot(vm);
	vm->proof_ms = 0;
	vm->failures = 0;
	vm->retry_ms = 0;
	vm->channel = false;
	vm->domid = dom->domid;
	/* Whoever made it restarts it. -1: a crash has come between the intent to make it and its number. */
	if (!ours)
		vm->row.kept = vm->row.kept && (vm->row.domid == vm->domid || vm->row.domid == -1);
	if (vm->row.domid != vm->domid) {
		vm->row.paused_by_us = vm->row.paused_before = vm->pause_doubtful = false;
		vm->pause_held = false;
	}
	if (vm->twin == vm->domid)
		take_twin_pause(vm);
	vm->row.domid = vm->domid;
	vm->ward.destroyed = false;
	host_event(vm->host, vm, "attach", "xen",
		   json_pack("{s:I}", "domid", (json_int_t)dom->domid));
	if (vm->row.state == VM_TRUSTED || vm->row.state == VM_STALE ||
	    vm->row.state == VM_ATTESTING)
		vm_set_state(vm, VM_UNKNOWN, "lazaretd", "a new start of the VM: no proof yet");
	if (vm->row.state == VM_UNKNOWN && !conf_vm_golden(vm->conf))
		vm_set_state(vm, VM_UNKNOWN, "lazaretd",
			     "no golden pack is set for this VM in lazaretd.conf");
	else if (vm->row.state == VM_UNKNOWN && !strcmp(vm->row.reason, REASON_DOWN))
		vm_set_state(vm, VM_UNKNOWN, "lazaretd", VM_NO_CHANNEL);
	if (vm_state_contained(vm->row.state) && !ours)
		contain_start(vm);
	inherit_danger(vm);
	admission_consider(vm);
	vtpm_attach(vm);
	if (!vm_state_contained(vm->row.state))
		ts_hold_release(vm->host->ts, (uint32_t)vm->domid);
}

void vm_twin(struct vm *vm, int64_t domid)
{
	char why[ADMISSION_WHY];

	if (vm->twin == domid)
		return;
	vm->twin = domid;
	if (domid < 0)
		return;
	host_event(vm->host, vm, "twin", "xen", json_pack("{s:I}", "domid", (json_int_t)domid));
	if (vm_state_contained(vm->row.state) && ts_pause(vm->host->ts, (uint32_t)domid) < 0)
		vm->twin = -1; /* seen, and tried, again */
	else if (!vm_state_contained(vm->row.state) &&
		 admission_domain(vm, (uint32_t)domid, why) < 0)
		host_event(vm->host, vm, "refused", "lazaretd",
			   json_pack("{s:I,s:s}", "domid", (json_int_t)domid, "reason", why));
	if (!vm_state_contained(vm->row.state) && vm->row.state != VM_HELD)
		vm_set_state(vm, VM_UNKNOWN, "xen",
			     "two domains have its UUID: %" PRId64 " is watched, %" PRId64
			     " is not",
			     vm->domid, domid);
}

void vm_seen(struct vm *vm, const struct ts_domain *dom)
{
	bool renamed = strcmp(vm->row.name, dom->name) && dom->name[0];

	if (renamed) {
		snprintf(vm->row.name, sizeof(vm->row.name), "%s", dom->name);
		vm->conf = conf_vm_find(vm->host->conf, vm->row.uuid, vm->row.name);
		host_save(vm, "name", "xen", NULL);
	}
	if (vm->domid != dom->domid)
		new_domain(vm, dom);
}

void vm_gone(struct vm *vm)
{
	if (vm->domid < 0)
		return;
	host_event(vm->host, vm, "detach", "xen",
		   json_pack("{s:I}", "domid", (json_int_t)vm->domid));
	vm->domid = -1;
	vm->refused[0] = '\0';
	vm->pause_held = false;
	vm->channel = false;
	attest_stop(vm);
	vtpm_detach(vm);
	evidence_forget(vm);
	vm_forget_boot(vm);
	vm->proof_ms = 0;
	vm->row.contained = false;
	if (!vm_state_contained(vm->row.state) && vm->row.state != VM_HELD)
		vm_set_state(vm, VM_UNKNOWN, "lazaretd", REASON_DOWN);
}
