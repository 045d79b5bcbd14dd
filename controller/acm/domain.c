/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/domain.h"

#include <inttypes.h>

#include "attest/attest.h"
#include "vm/discover.h"

#define GONE_MS 60000 /* a destroyed domain lingers until its last page is given back */

int domain_destroy(struct tx *tx)
{
	struct vm *vm = tx->vm;

	tx->domid = TX_NO_DOMAIN;
	if (tx->op_rc)
		return tx_fail(tx, "the VM can't be destroyed (%d)", tx->op_rc);
	if (tx->tries)
		discover_domains(vm->host);
	if (vm->domid < 0)
		return tx_ok(tx, "the old domain is gone");
	if (!tx->tries) {
		attest_stop(vm);
		ts_destroy(vm->host->ts, (uint32_t)vm->domid, tx_op_done, tx);
		return TX_WAIT;
	}
	return tx_step_age(tx) < GONE_MS ? TX_AGAIN
					 : tx_fail(tx, "the old domain does not go away");
}

/*
 * On record before it is done: nobody else restarts the domain when it reboots (acm/keep.c), or starts
 * it after a crash of ours. Its number is not known yet: -1 stands for «the next one that is found».
 */
static void intend(struct tx *tx)
{
	struct vm *vm = tx->vm;

	vm->row.kept = true;
	vm->row.domid = -1;
	tx->creates = true;
	host_save(vm, "intent", tx->who, json_pack("{s:s}", "step", "create"));
}

int domain_create(struct tx *tx, const json_t *config, const char *label, bool whole)
{
	struct vm *vm = tx->vm;

	if (!tx->tries) {
		intend(tx);
		ts_create(vm->host->ts, config, label, whole, tx_op_done, tx);
		return TX_WAIT;
	}
	/* What is said of it goes on record with the step's result. */
	if (tx->op_rc) {
		vm->row.kept = false;
		return tx_fail(tx, "the VM can't be created (%d): see the daemon's log", tx->op_rc);
	}
	discover_domains(vm->host);
	tx->creates = false;
	if (vm->domid != tx->op_domid) {
		vm->row.kept = false;
		return tx_fail(tx, "the new domain is not there");
	}
	tx->domid = vm->domid;
	return tx_ok(tx, "domain %" PRId64 ", %s", vm->domid,
		     whole ? "as it was" : "no network card");
}

int domain_boot(struct tx *tx)
{
	ts_hold_release(tx->vm->host->ts, (uint32_t)tx->vm->domid);
	if (ts_unpause(tx->vm->host->ts, (uint32_t)tx->vm->domid) < 0)
		return tx_fail(tx, "Xen refused to start the VM");
	return tx_ok(tx, "started");
}
