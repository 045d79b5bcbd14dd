/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM as the control socket shows it. */
#include <string.h>

#include "acm/unenforced.h"
#include "common/timefmt.h"
#include "vm/labels.h"
#include "vm/tx.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

#define HISTORY_MAX 50
#define STEPS_MAX   100

static json_t *time_json(int64_t ns)
{
	char text[TIMEFMT_SIZE];

	return ns ? json_string(time_format(text, ns)) : json_null();
}

static bool is_paused(const struct vm *vm)
{
	struct ts_domain dom;

	return vm->domid >= 0 && ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) == 0 &&
	       dom.paused;
}

static const char *evidence(const struct vm *vm)
{
	return !vm->proven ? "none" : vm->proof.quoted ? "tpm" : "stream";
}

json_t *vm_view(const struct vm *vm)
{
	json_t *out = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:b,s:b}", "uuid", vm->row.uuid, "name",
				vm->row.name, "state", vm_state_name(vm->row.state), "evidence",
				evidence(vm), "records", (json_int_t)vm->records, "findings",
				(json_int_t)vm->dangers, "contained", vm->row.contained, "paused",
				is_paused(vm));

	json_object_set_new(out, "domid", vm->domid < 0 ? json_null() : json_integer(vm->domid));
	json_object_set_new(out, "reason", json_string(vm->row.reason));
	json_object_set_new(out, "level",
			    vm_state_contained(vm->row.state)
				    ? json_string(level_name(vm_level(vm)))
				    : json_null());
	json_object_set_new(out, "since", time_json(vm->row.since_ns));
	json_object_set_new(out, "label", label_now(vm));
	json_object_set_new(out, "refused",
			    vm->refused[0] ? json_string(vm->refused) : json_null());
	json_object_set_new(out, "last_proof",
			    vm->proof_ms ? time_json(vm->proof_ns) : json_null());
	json_object_set_new(out, "cure", ward_view(vm));
	json_object_set_new(out, "doing", vm->tx ? json_string(vm->tx->kind->name) : json_null());
	return out;
}

/* The steps of the incident that is going on, or of the last one. */
static json_t *steps(const struct vm *vm)
{
	return store_journal_list(vm->host->store, vm->row.uuid, "step", 0, STEPS_MAX);
}

static json_t *plan_view(const struct vm *vm)
{
	const json_t *plan = vm->row.plan;

	if (!plan)
		return json_null();
	return json_pack("{s:O?,s:O?,s:O?,s:O?,s:O?,s:O?,s:O?}", "label",
			 json_object_get(plan, "label"), "nics", json_object_get(plan, "nics"),
			 "disks", json_object_get(plan, "disks"), "pcidevs",
			 json_object_get(json_object_get(plan, "config"), "pcidevs"), "peers",
			 json_object_get(plan, "peers"), "caps", json_object_get(plan, "caps"),
			 "policy", json_object_get(plan, "policy"));
}

json_t *vm_view_full(const struct vm *vm)
{
	json_t *out = vm_view(vm);
	const struct ipc_hello *h = &vm->hello;
	const struct ipc_proof *p = &vm->proof;

	if (vm->greeted)
		json_object_update_new(out, json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "boot", h->boot,
						      "mode", h->mode, "doorbell", h->doorbell,
						      "module", h->module, "kernel", h->kernel,
						      "early", (json_int_t)h->early));
	if (vm->proven)
		json_object_update_new(out, json_pack("{s:I,s:I,s:I,s:s,s:s,s:{s:s,s:s}}",
						      "proven_records", (json_int_t)p->records,
						      "lost", (json_int_t)p->lost, "late",
						      (json_int_t)p->late, "commit", p->commit,
						      "commit_policy", p->commit_policy, "pcr10",
						      "sha1", p->sha1, "sha256", p->sha256));
	json_object_set(out, "found", vm->findings);
	json_object_set_new(out, "tpm", vtpm_view(vm));
	json_object_set(out, "enrolled", json_object_get(vm->row.tpm, "starts"));
	json_object_set_new(out, "plan", plan_view(vm));
	json_object_set_new(out, "not_enforced", unenforced_vm(vm));
	json_object_set_new(out, "steps", steps(vm));
	json_object_set_new(
		out, "history",
		store_journal_list(vm->host->store, vm->row.uuid, "state", 0, HISTORY_MAX));
	return out;
}
