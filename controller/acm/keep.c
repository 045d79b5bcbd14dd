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
	if (ts_flask(vm->host->ts) && ts_label_get(vm->host->ts, (uint32_t)vm->domid, label) < 0)
		return tx_fail(tx, "the VM's label can't be read");
	admission_starting(vm->host, label);
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

static const struct tx_step start_steps[] = {
	{"boot", domain_boot},
	{NULL, NULL},
};

static void keep_end(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;

	json_decref(vm->rebirth);
	vm->rebirth = NULL;
	if (rc)
		host_event(vm->host, vm, "error", tx->who,
			   json_pack("{s:s,s:s}", "transaction", tx->kind->name, "reason",
				     tx->detail));
}

const struct tx_kind keep_restart = {"restart", restart_steps, keep_end};
const struct tx_kind keep_shutdown = {"shutdown", shutdown_steps, keep_end};
const struct tx_kind keep_clean_up = {"clean-up", shutdown_steps, keep_end};
const struct tx_kind keep_start = {"start", start_steps, keep_end};

/* One in danger runs on only where it is cut off for certain, and if the policy wants that. */
static bool may_run(const struct vm *vm)
{
	if (vm->row.paused_by_us || vm->refused[0])
		return false;
	return !vm_state_contained(vm->row.state) ||
	       (vm->row.contained && vm_level(vm) != LEVEL_FREEZE);
}

/* Made, and never started since then. What a crash left half made can only be taken away. */
static void start_late(struct vm *vm)
{
	if (!ts_made(vm->host->ts, (uint32_t)vm->domid))
		tx_start(vm, &keep_clean_up, "lazaretd");
	else if (may_run(vm))
		tx_start(vm, &keep_start, "lazaretd");
}

/* It has gone, or we crashed before it was made: the next domain is made by somebody else. */
static void disown(struct vm *vm)
{
	vm->row.kept = false;
	host_save(vm, "intent", "lazaretd", json_pack("{s:s}", "step", "leave"));
}

void keep_running(struct vm *vm)
{
	struct ts_domain dom;

	if (!vm->row.kept || vm->tx)
		return;
	if (vm->domid < 0) {
		disown(vm);
		return;
	}
	if (ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) < 0)
		return;
	if (dom.shutdown == TS_REBOOT)
		tx_start(vm, &keep_restart, "lazaretd");
	else if (dom.shutdown == TS_POWEROFF)
		tx_start(vm, &keep_shutdown, "lazaretd");
	else if (dom.shutdown == TS_RUNNING && dom.paused && !dom.ran)
		start_late(vm);
}
