/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/giveback.h"

#include <string.h>

#include "acm/exact.h"

static struct ts *toolstack(const struct vm *vm)
{
	return vm->host->ts;
}

static uint32_t domid(const struct vm *vm)
{
	return (uint32_t)vm->domid;
}

int giveback_exact(struct tx *tx)
{
	char why[TX_DETAIL];

	if (tx->vm->domid < 0)
		return tx_fail(tx, "the VM does not run any more");
	if (!exact_possible(tx->vm, why, sizeof(why)))
		return tx_fail(tx, "%s", why);
	return tx_ok(tx, "bridges and disks are there as recorded");
}

/* The first disk of the plan that it has not; NULL: none. @n: what ts_disks() said. */
static const char *missing_disk(const struct vm *vm, int *n)
{
	struct ts_disk disks[TS_DISKS_MAX];
	const json_t *one;
	size_t i;

	*n = ts_disks(toolstack(vm), domid(vm), disks);
	json_array_foreach (json_object_get(vm->row.plan, "disks"), i, one) {
		const char *vdev = json_string_value(json_object_get(one, "vdev"));
		int at = 0;

		while (at < *n && strcmp(disks[at].vdev, vdev))
			at++;
		if (at >= *n)
			return vdev;
	}
	return NULL;
}

int giveback_disks(struct tx *tx)
{
	struct vm *vm = tx->vm;
	size_t all = json_array_size(json_object_get(vm->row.plan, "disks"));
	int n;
	const char *vdev = missing_disk(vm, &n);

	if (n < 0)
		return tx_fail(tx, "its disks can't be read from xenstore");
	if (tx->op_rc)
		return tx_fail(tx, "a disk can't be attached (%d)", tx->op_rc);
	if (!vdev)
		return tx_ok(tx, "%zu disks", all);
	if (tx->tries > all)
		return tx_fail(tx, "disk %s did not come up", vdev);
	ts_disk_attach(toolstack(vm), domid(vm), vm->row.plan, vdev, tx_op_done, tx);
	return TX_WAIT;
}

/* Position in the plan of the first device that it has not; -1: none; -2: that can't be read. */
static int missing_pci(const struct vm *vm)
{
	ts_bdf want[TS_PCIS_MAX], have[TS_PCIS_MAX];
	int n = ts_config_pcis(vm->row.plan, want),
	    m = n > 0 ? ts_pcis(toolstack(vm), domid(vm), have) : 0;

	for (int i = 0; i < n && m >= 0; i++) {
		int at = 0;

		while (at < m && strcmp(want[i], have[at]))
			at++;
		if (at == m)
			return i;
	}
	return n < 0 || m < 0 ? -2 : -1;
}

int giveback_pcis(struct tx *tx)
{
	int at = missing_pci(tx->vm);

	if (tx->op_rc || at < -1)
		return tx_fail(tx, "a passthrough device can't be attached (%d)", tx->op_rc);
	if (at < 0)
		return tx_ok(tx, "%u passthrough devices given back", tx->tries);
	if (tx->tries > TS_PCIS_MAX)
		return tx_fail(tx, "passthrough device %d did not come up", at);
	ts_pci_attach(toolstack(tx->vm), domid(tx->vm), tx->vm->row.plan, (size_t)at, tx_op_done,
		      tx);
	return TX_WAIT;
}

static bool was_capped(const struct vm *vm)
{
	return json_integer_value(
		       json_object_get(json_object_get(vm->row.plan, "policy"), "cpu_cap")) > 0;
}

static int cap_before(const struct vm *vm)
{
	return (int)json_integer_value(
		json_object_get(json_object_get(vm->row.plan, "caps"), "cpu_cap"));
}

int giveback_cpu(struct tx *tx)
{
	struct ts_caps before = {.cpu_cap = cap_before(tx->vm)};

	if (!was_capped(tx->vm))
		return tx_ok(tx, "left out");
	if (ts_caps_set(toolstack(tx->vm), domid(tx->vm), &before) < 0)
		return tx_fail(tx, "Xen refused its processor time of before");
	return tx_ok(tx, "a cap of %d %%", before.cpu_cap);
}

/* The entry of @list that has what @like has in @key. */
static json_t *entry_like(const json_t *list, const json_t *like, const char *key)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (json_equal(json_object_get(one, key), json_object_get(like, key)))
			return one;
	return NULL;
}

static void complete_disks(const json_t *plan, json_t *whole)
{
	const json_t *have = json_object_get(whole, "disks");
	json_t *out = json_array(), *one;
	size_t i;

	json_array_foreach (json_object_get(plan, "disks"), i, one) {
		json_t *now = entry_like(have, one, "vdev");

		json_array_append(out, now ? now : one);
	}
	json_array_foreach (have, i, one)
		if (!entry_like(out, one, "vdev"))
			json_array_append(out, one);
	json_object_set_new(whole, "disks", out);
}

void giveback_complete(const struct vm *vm, json_t *config)
{
	const json_t *plan = json_object_get(vm->row.plan, "config");
	json_t *whole = json_object_get(config, "config");

	if (!plan || !vm_state_contained(vm->row.state))
		return;
	complete_disks(plan, whole);
	if (json_array_size(json_object_get(plan, "pcidevs")) >
	    json_array_size(json_object_get(whole, "pcidevs")))
		json_object_set(whole, "pcidevs", json_object_get(plan, "pcidevs"));
}

bool giveback_same(const struct vm *vm, const char **why)
{
	struct ts_caps now;
	const json_t *one;
	size_t i;

	*why = "a disk is not there as recorded";
	json_array_foreach (json_object_get(vm->row.plan, "disks"), i, one)
		if (ts_disk_same(toolstack(vm), domid(vm), vm->row.plan,
				 json_string_value(json_object_get(one, "vdev"))) < 1)
			return false;
	*why = "a passthrough device is not there as recorded";
	if (missing_pci(vm) != -1)
		return false;
	*why = "its processor time is not as recorded";
	return !was_capped(vm) ||
	       (ts_caps_get(toolstack(vm), domid(vm), &now) == 0 && now.cpu_cap == cap_before(vm));
}
