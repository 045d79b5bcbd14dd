/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/cure.h"

#include <inttypes.h>
#include <string.h>

#include "acm/contain.h"
#include "acm/domain.h"
#include "acm/restore.h"
#include "common/timefmt.h"
#include "remedy/rollback.h"
#include "vm/tx.h"

#define ROUND_MS 300000 /* between two rounds that nobody asked for */

static int step_create(struct tx *tx)
{
	return domain_create(tx, tx->vm->row.plan, tx->vm->host->conf->danger_label, false);
}

static int step_check(struct tx *tx)
{
	const char *why = NULL;

	if (!contain_holds(tx->vm, &why))
		return tx_fail(tx, "not started: %s", why);
	tx->vm->row.contained = true;
	return tx_ok(tx, "under the danger label, no card in xenstore, no interface in dom0");
}

/* The log of the new boot, from record 0 on, golden and complete for a while: that is a proof. */
static int step_prove(struct tx *tx)
{
	struct vm *vm = tx->vm;

	if (vm->domid < 0)
		return tx_fail(tx, "the VM went away before it proved itself");
	if (vm->dangers)
		return tx_fail(tx, "the fresh log holds findings");
	if (vm->golden_ms && time_mono_ms() - vm->golden_ms >= (int64_t)vm->conf->settle * 1000)
		return tx_ok(tx, "%" PRIu64 " records from 0 on, all golden", vm->records);
	if (tx_step_age(tx) > (int64_t)vm->conf->boot_limit * 1000)
		return tx_fail(tx, "no proof within %u s", vm->conf->boot_limit);
	return TX_AGAIN;
}

static int step_probation(struct tx *tx)
{
	struct vm *vm = tx->vm;

	if (!tx->tries)
		vm_set_state(vm, VM_PROBATION, tx->who, "proven; watched for %u s, still cut off",
			     vm->conf->probation);
	if (vm->domid < 0 || vm->dangers || !vm->golden_ms)
		return tx_fail(tx, "it did not stay golden");
	if (tx_step_age(tx) < (int64_t)vm->conf->probation * 1000)
		return TX_AGAIN;
	return tx_ok(tx, "stayed golden for %u s", vm->conf->probation);
}

static const struct tx_step steps[] = {
	{"destroy", domain_destroy},
	{"rollback", rollback_step},
	{"create", step_create},
	{"check", step_check},
	{"boot", domain_boot},
	{"prove", step_prove},
	{"probation", step_probation},
	{"relabel", restore_label},
	{"vif", restore_nics},
	{"verify", restore_verify},
	{NULL, NULL},
};

static void cure_end(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;

	if (!rc) {
		vm_set_state(vm, VM_TRUSTED, tx->who,
			     "cured: rolled back, booted and proven; label and network restored");
		restore_done(vm, tx->who);
		return;
	}
	vm->row.contained = false;
	vm->cure_retry_ms = time_mono_ms() + ROUND_MS;
	vm_set_state(vm, VM_DANGER, tx->who, "the cure failed: %s", tx->detail);
	contain_start(vm);
}

int cure_start(struct vm *vm, const char *who, const char **why)
{
	*why = "it is not in danger: only a VM in danger is cured";
	if (vm->row.state != VM_DANGER)
		return -1;
	*why = "no golden-image is set for it in lazaretd.conf";
	if (!vm->conf->golden_image)
		return -1;
	*why = "no golden pack is set for it in lazaretd.conf: it could never prove itself";
	if (!conf_vm_golden(vm->conf))
		return -1;
	*why = "what it had was never recorded: start it, so that it is contained";
	if (!vm->row.plan)
		return -1;
	*why = "something else is being done to it: try again when that is over";
	if (vm->tx)
		return -1;
	*why = "the journal can't be written";
	if (vm_set_state(vm, VM_CURING, who, "rolled back to %s", vm->conf->golden_image) < 0)
		return -1;
	return tx_start(vm, "cure", who, steps, cure_end);
}
