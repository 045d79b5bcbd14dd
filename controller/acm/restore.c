/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/restore.h"

#include <stdio.h>
#include <string.h>

#include "acm/contain.h"
#include "acm/exact.h"
#include "acm/giveback.h"
#include "acm/half.h"
#include "acm/incarnation.h"
#include "common/timefmt.h"

#define VERIFY_MS     20000
#define CONNECT_MS    10000 /* a guest on a busy host */
#define SETTLE_MS     2000 /* at least, for a guest that has just been unpaused */
#define SETTLE_MAX_MS 15000 /* at most, for one that is never idle */
#define HOUR_NS	      3600000000000LL
#define RESUMED_BY    "lazaretd" /* who began a release anew */

static const char *plan_label(const struct tx *tx)
{
	const char *label = json_string_value(json_object_get(tx->vm->row.plan, "label"));

	return label && label[0] ? label : NULL;
}

int restore_label(struct tx *tx)
{
	const char *label = plan_label(tx);

	if (tx->vm->domid < 0)
		return tx_fail(tx, "the VM does not run any more");
	if (!label || !ts_flask(tx->vm->host->ts))
		return tx_ok(tx, "left out: there was no label");
	/* From here on it is not contained: said before it is done. */
	tx->vm->row.contained = false;
	if (ts_label_set(tx->vm->host->ts, (uint32_t)tx->vm->domid, label) < 0)
		return tx_fail(tx, "Xen refused the label %s", label);
	return tx_ok(tx, "%s", label);
}

/* Is card number @at of the plan there? Return: 1, 0, or -1 if that can't be told. */
static int has_nic(struct tx *tx, size_t at)
{
	json_t *nic = json_array_get(json_object_get(tx->vm->row.plan, "nics"), at);
	int want = (int)json_integer_value(json_object_get(nic, "devid"));
	int devids[TS_NICS_MAX];
	int n = ts_nics(tx->vm->host->ts, (uint32_t)tx->vm->domid, devids);

	for (int i = 0; i < n; i++)
		if (devids[i] == want)
			return 1;
	return n < 0 ? -1 : 0;
}

int restore_nics(struct tx *tx)
{
	size_t n = json_array_size(json_object_get(tx->vm->row.plan, "nics"));

	if (tx->op_rc)
		return tx_fail(tx, "a network card can't be attached (%d)", tx->op_rc);
	for (size_t i = 0; i < n; i++) {
		int there = has_nic(tx, i);

		if (there > 0)
			continue;
		if (there < 0 || tx->tries > n)
			return tx_fail(tx, "network card %zu did not come up", i);
		ts_nic_attach(tx->vm->host->ts, (uint32_t)tx->vm->domid, tx->vm->row.plan, i,
			      tx_op_done, tx);
		return TX_WAIT;
	}
	return tx_ok(tx, "%zu network cards", n);
}

/* Not ours to mend: a frontend that hangs since its device went, or a guest without a driver. */
static int unconnected_of(const struct vm *vm)
{
	struct ts_domain dom;

	if (ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) < 0 || dom.paused)
		return 0;
	return ts_unconnected(vm->host->ts, (uint32_t)vm->domid);
}

int restore_verify(struct tx *tx)
{
	const char *label = plan_label(tx);
	const char *why = NULL;
	char now[TS_LABEL_SIZE];
	size_t n = json_array_size(json_object_get(tx->vm->row.plan, "nics"));
	int unconnected;

	if (label && ts_flask(tx->vm->host->ts) &&
	    (ts_label_get(tx->vm->host->ts, (uint32_t)tx->vm->domid, now) < 0 ||
	     strcmp(now, label)))
		return tx_fail(tx, "its label is %s, not %s", now, label);
	for (size_t i = 0; i < n; i++)
		if (ts_nic_same(tx->vm->host->ts, (uint32_t)tx->vm->domid, tx->vm->row.plan, i) < 1)
			return tx_step_age(tx) < VERIFY_MS
				       ? TX_AGAIN
				       : tx_fail(tx, "network card %zu is not there as recorded",
						 i);
	if (!giveback_same(tx->vm, &why))
		return tx_step_age(tx) < VERIFY_MS ? TX_AGAIN : tx_fail(tx, "%s", why);
	unconnected = unconnected_of(tx->vm);
	if (unconnected && tx_step_age(tx) < CONNECT_MS)
		return TX_AGAIN;
	if (unconnected)
		return tx_ok(tx,
			     "as recorded in the plan; %d of its devices the guest has not "
			     "connected to: it may have to boot again",
			     unconnected);
	return tx_ok(tx, "as recorded in the plan");
}

/*
 * Before its devices come back: a guest that was paused from before they went until after they came back
 * takes the new ones for the old ones, and never connects to them.
 */
static int release_unpause(struct tx *tx)
{
	struct ts_domain dom;

	if (!tx->vm->row.paused_by_us)
		return tx_ok(tx, "was not paused by us");
	if (contain_unpause(tx->vm) < 0)
		return tx_fail(tx, "Xen refused to unpause the VM");
	tx->woken = true;
	if (ts_info(tx->vm->host->ts, (uint32_t)tx->vm->domid, &dom) == 0 && dom.paused)
		return tx_ok(tx,
			     "our pause is over; it stays paused by somebody else's: xl unpause");
	return tx_ok(tx, "our pause is over");
}

static void remind(const struct vm *vm, const char *list, const char *type)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(vm->row.plan, list), i, one)
		ts_remind(vm->host->ts, (uint32_t)vm->domid, type,
			  (int)json_integer_value(json_object_get(one, "devid")));
}

/* Has it had devices taken away that it may not know of? One that is resumed after a crash does not know. */
static bool must_settle(const struct tx *tx)
{
	return tx->woken || !strcmp(tx->who, RESUMED_BY) ||
	       incarnation_get(tx->vm->host->ts, (uint32_t)tx->vm->domid) != INCARNATION_STARTED;
}

/* Its drivers let go of what is gone. Once it is idle, it has nothing left to do. */
static int release_settle(struct tx *tx)
{
	struct ts_domain dom;

	if (!must_settle(tx))
		return tx_ok(tx, "left out: it ran all the time");
	if (!tx->tries) {
		remind(tx->vm, "nics", "vif");
		remind(tx->vm, "disks", "vbd");
	}
	if (ts_info(tx->vm->host->ts, (uint32_t)tx->vm->domid, &dom) < 0)
		return tx_fail(tx, "the VM does not run any more");
	if (tx_step_age(tx) < SETTLE_MS || (!dom.idle && tx_step_age(tx) < SETTLE_MAX_MS))
		return TX_AGAIN;
	return tx_ok(tx, "it had time to see that its devices were gone");
}

static const struct tx_step release_steps[] = {
	{"exact", giveback_exact},  {"half", half_step},	{"relabel", restore_label},
	{"go-on", release_unpause}, {"settle", release_settle}, {"heard", half_heard},
	{"vif", restore_nics},	    {"vbd", giveback_disks},	{"pci", giveback_pcis},
	{"cpu", giveback_cpu},	    {"verify", restore_verify}, {NULL, NULL},
};

void restore_done(struct vm *vm, const char *who)
{
	json_decref(vm->row.plan);
	vm->row.plan = NULL;
	vm->row.contained = false;
	vm->row.level = LEVEL_UNSET;
	host_save(vm, "restored", who, NULL);
}

static void release_end(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;

	if (!rc) {
		restore_done(vm, tx->who);
		return;
	}
	if (vm->row.state == VM_HELD) {
		char reason[TX_DETAIL + 64];

		snprintf(reason, sizeof(reason), "the release could not be carried out: %s",
			 tx->detail);
		vm_danger(vm, "lazaretd", reason);
	} else {
		contain_start(vm);
	}
}

const struct tx_kind release_kind = {"release", release_steps, release_end};

void release_resume(struct vm *vm)
{
	if (vm->row.state == VM_HELD && vm->row.plan && vm->domid >= 0 && !vm->tx)
		tx_start(vm, &release_kind, RESUMED_BY);
}

int release_start(struct vm *vm, const char *who, const char *reason)
{
	return release_until(vm, who, reason, time_now_ns() + RELEASE_HOURS * HOUR_NS);
}

int release_until(struct vm *vm, const char *who, const char *reason, int64_t until_ns)
{
	if (vm->tx)
		return -1;
	snprintf(vm->row.accepted_boot, sizeof(vm->row.accepted_boot), "%s",
		 vm->greeted ? vm->hello.boot : "");
	vm->row.accepted_records = (int64_t)vm->records;
	vm->row.accepted_until_ns = until_ns;
	if (vm_set_state(vm, VM_HELD, who, "released: %s", reason) < 0)
		return -1;
	vm->dangers = 0;
	if (vm->domid < 0) { /* nothing runs: nothing is to be given back */
		restore_done(vm, who);
		return 0;
	}
	return tx_start(vm, &release_kind, who);
}
