/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/keep.h"

#include "acm/domain.h"
#include "vm/tx.h"
#include "vm/vm.h"

/* What it is made of is read from the old domain before that is destroyed. */
static int step_remember(struct tx *tx)
{
	struct vm *vm = tx->vm;
	char label[TS_LABEL_SIZE] = "";

	json_decref(vm->rebirth);
	vm->rebirth = ts_config(vm->host->ts, (uint32_t)vm->domid);
	if (!vm->rebirth)
		return tx_fail(tx, "the VM's configuration can't be read");
	if (ts_flask(vm->host->ts))
		ts_label_get(vm->host->ts, (uint32_t)vm->domid, label);
	json_object_set_new(vm->rebirth, "label", json_string(label));
	return tx_ok(tx, "label %s", label[0] ? label : "none");
}

static int step_create(struct tx *tx)
{
	struct vm *vm = tx->vm;
	bool free_to_go = !vm_state_contained(vm->row.state);
	const char *label = json_string_value(json_object_get(vm->rebirth, "label"));

	if (!free_to_go)
		label = vm->host->conf->danger_label;
	return domain_create(tx, vm->rebirth, label && label[0] ? label : NULL, free_to_go);
}

static const struct tx_step restart_steps[] = {
	{"remember", step_remember},
	{"destroy", domain_destroy},
	{"create", step_create},
	{"boot", domain_boot},
	{NULL, NULL},
};

static const struct tx_step shutdown_steps[] = {
	{"destroy", domain_destroy},
	{NULL, NULL},
};

static void keep_end(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;

	json_decref(vm->rebirth);
	vm->rebirth = NULL;
	if (rc)
		host_event(vm->host, vm, "error", tx->who,
			   json_pack("{s:s,s:s}", "transaction", tx->name, "reason", tx->detail));
}

void keep_running(struct vm *vm)
{
	struct ts_domain dom;

	if (!vm->row.kept || vm->domid < 0 || vm->tx ||
	    ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) < 0 || dom.shutdown == TS_RUNNING)
		return;
	if (dom.shutdown == TS_REBOOT)
		tx_start(vm, "restart", "lazaretd", restart_steps, keep_end);
	else
		tx_start(vm, "shutdown", "lazaretd", shutdown_steps, keep_end);
}
