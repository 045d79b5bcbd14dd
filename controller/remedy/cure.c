/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/cure.h"

#include <inttypes.h>
#include <string.h>

#include "acm/contain.h"
#include "acm/domain.h"
#include "acm/giveback.h"
#include "acm/restore.h"
#include "acm/withdraw.h"
#include "attest/attest.h"
#include "common/timefmt.h"
#include "remedy/mend.h"
#include "remedy/mendplan.h"
#include "remedy/recheck.h"
#include "remedy/rollback.h"
#include "remedy/scanjob.h"
#include "vm/tx.h"

static int step_create(struct tx *tx)
{
	return domain_create(tx, tx->vm->row.plan, tx->vm->host->conf->danger_label, false);
}

static int step_check(struct tx *tx)
{
	const char *why = NULL;

	if (tx->undone[0] || !contain_holds(tx->vm, &why))
		return tx_fail(tx, "not started: %s", tx->undone[0] ? tx->undone : why);
	tx->vm->row.contained = true;
	return tx_ok(tx, "under the danger label, no card and no disk that must go");
}

/*
 * Is its newest proof at least so long after @since? Silence is none: when the time is over, another
 * proof is asked for.
 */
static bool proven_after(struct vm *vm, int64_t since, unsigned int seconds)
{
	int64_t end = since + (int64_t)seconds * 1000;

	if (vm->proof_ms >= end)
		return true;
	if (time_mono_ms() >= end && vm->attest)
		attest_challenge(vm);
	return false;
}

/* Nobody else watches over it while it is being cured. */
static bool still_cut_off(struct vm *vm, const char **why)
{
	vm->row.contained = contain_holds(vm, why);
	return vm->row.contained;
}

/* The log of the new boot, from record 0 on, golden and complete for a while: that is a proof. */
static int step_prove(struct tx *tx)
{
	struct vm *vm = tx->vm;
	const char *why = NULL;

	if (vm->dangers)
		return tx_fail(tx, "the fresh log holds findings");
	if (!still_cut_off(vm, &why))
		return tx_fail(tx, "not cut off any more: %s", why);
	if (vm->golden_ms && proven_after(vm, vm->golden_ms, vm->conf->settle))
		return tx_ok(tx, "%" PRIu64 " records from 0 on, all golden", vm->records);
	if (tx_step_age(tx) > (int64_t)vm->conf->boot_limit * 1000)
		return tx_fail(tx, "no proof within %u s", vm->conf->boot_limit);
	return TX_AGAIN;
}

static int step_probation(struct tx *tx)
{
	struct vm *vm = tx->vm;
	const char *why = NULL;
	int64_t limit = (int64_t)vm->conf->probation + vm->conf->boot_limit;

	if (!tx->tries &&
	    vm_set_state(vm, VM_PROBATION, tx->who, "proven; watched for %u s, still cut off",
			 vm->conf->probation) < 0)
		return tx_fail(tx, "the journal can't be written");
	if (vm->dangers || !vm->golden_ms)
		return tx_fail(tx, "it did not stay golden");
	if (!still_cut_off(vm, &why))
		return tx_fail(tx, "not cut off any more: %s", why);
	if (proven_after(vm, tx->step_ms, vm->conf->probation))
		return tx_ok(tx, "stayed golden for %u s", vm->conf->probation);
	if (tx_step_age(tx) > limit * 1000)
		return tx_fail(tx, "it fell silent");
	return TX_AGAIN;
}

/* clang-format off */
#define BOOT_AND_PROVE \
	{"create", step_create}, \
	{"vbd", withdraw_disks}, \
	{"cpu", withdraw_cpu}, \
	{"check", step_check}, \
	{"boot", domain_boot}, \
	{"prove", step_prove}, \
	{"probation", step_probation}, \
	{"exact", giveback_exact}, \
	{"relabel", restore_label}, \
	{"vif", restore_nics}, \
	{"vbd-back", giveback_disks}, \
	{"pci", giveback_pcis}, \
	{"cpu-back", giveback_cpu}, \
	{"verify", restore_verify}, \
	{NULL, NULL}

static const struct tx_step rollback_steps[] = {
	{"destroy", domain_destroy},
	{"rollback", rollback_step},
	BOOT_AND_PROVE
};

static const struct tx_step repair_steps[] = {
	{"destroy", domain_destroy},
	{"scan-supply", scan_supply},
	{"scan-create", scan_create},
	{"scan", scan_look},
	{"scan-destroy", scan_destroy},
	{"scan-read", scan_read},
	{"plan", mend_plan},
	{"mend-supply", mend_supply},
	{"mend-create", mend_create},
	{"mend", mend_look},
	{"mend-destroy", mend_destroy},
	{"mend-read", mend_read},
	{"keep", mend_keep},
	{"recheck-supply", recheck_supply},
	{"recheck-create", recheck_create},
	{"recheck", recheck_look},
	{"recheck-destroy", recheck_destroy},
	{"recheck-read", recheck_read},
	BOOT_AND_PROVE
};
/* clang-format on */

static void cure_end(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;

	if (tx->own)
		scan_drop(tx);
	if (!rc && (vm->dangers || !vm->golden_ms))
		rc = tx_fail(tx, "it did not stay golden");
	if (!rc && vm_set_state(vm, VM_TRUSTED, tx->who,
				"cured: %s, booted and proven; label and network restored",
				tx->kind == &repair_kind ? "repaired" : "rolled back") < 0)
		rc = tx_fail(tx, "the journal can't be written");
	if (!rc) {
		restore_done(vm, tx->who);
		return;
	}
	vm->row.contained = false;
	vm_set_state(vm, VM_DANGER, tx->who, CURE_FAILED ": %s", tx->detail);
	ward_failed(vm);
	contain_start(vm);
}

const struct tx_kind cure_kind = {"cure", rollback_steps, cure_end};
const struct tx_kind repair_kind = {"repair", repair_steps, cure_end};

const char *cure_refusal(const struct vm *vm)
{
	if (vm->row.state != VM_DANGER)
		return "it is not in danger: only a VM in danger is cured";
	if (vm->conf->cure == CURE_ROLLBACK && !vm->conf->golden_image)
		return "no golden-image is set for it in lazaretd.conf: set one, or «cure = "
		       "repair»";
	if (!conf_vm_golden(vm->conf))
		return "no golden pack is set for it in lazaretd.conf: it could never prove itself";
	if (!vm->row.plan)
		return "what it had was never recorded: start it, so that it is contained";
	if (vm->tx)
		return "something else is being done to it: try again when that is over";
	return NULL;
}

int cure_start(struct vm *vm, const char *who, const char **why)
{
	bool repair = vm->conf->cure == CURE_REPAIR;
	struct scan *scan = NULL;
	char todo[TX_DETAIL];

	*why = cure_refusal(vm);
	if (*why)
		return -1;
	if (repair) {
		scan = scan_new(vm, why);
		if (!scan)
			return -1;
		scan->told_max = MENDPLAN_ROWS;
	}
	snprintf(todo, sizeof(todo), "to be %s%s", repair ? "repaired" : "rolled back to ",
		 repair ? "" : vm->conf->golden_image);
	*why = "the journal can't be written";
	if (vm_set_state(vm, VM_CURING, who, "%s", todo) < 0) {
		scan_free(scan);
		return -1;
	}
	return tx_start_with(vm, repair ? &repair_kind : &cure_kind, who, scan);
}
