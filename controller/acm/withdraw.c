/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/withdraw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "acm/exact.h"

#define DISK_TRIES (3 * TS_DISKS_MAX)
#define PCI_TRIES  (3 * TS_PCIS_MAX)

static const json_t *policy_of(const struct vm *vm)
{
	return json_object_get(vm->row.plan, "policy");
}

static struct ts *toolstack(const struct vm *vm)
{
	return vm->host->ts;
}

static uint32_t domid(const struct vm *vm)
{
	return (uint32_t)vm->domid;
}

/* The names of «keep-disks»; else the root disk, and if there is none of that name, the first disk. */
static json_t *kept_disks(const struct conf_vm *conf, const struct ts_disk *disks, int n)
{
	json_t *list = json_array();
	char text[CONF_DISKS_SIZE], *save = NULL;

	if (conf->keep_disks) {
		snprintf(text, sizeof(text), "%s", conf->keep_disks);
		for (char *one = strtok_r(text, " ", &save); one; one = strtok_r(NULL, " ", &save))
			json_array_append_new(list, json_string(one));
		return list;
	}
	for (int i = 0; i < n && conf->disk; i++)
		if (!strcmp(disks[i].vdev, conf->disk))
			json_array_append_new(list, json_string(conf->disk));
	if (!json_array_size(list) && n > 0)
		json_array_append_new(list, json_string(disks[0].vdev));
	return list;
}

static json_t *disk_record(const struct vm *vm, const struct ts_disk *disk)
{
	return json_pack("{s:s,s:i,s:b,s:s,s:b,s:o}", "vdev", disk->vdev, "devid", disk->devid,
			 "writable", disk->writable, "target", disk->target, "shared",
			 ts_disk_shared(toolstack(vm), domid(vm), disk->target), "file",
			 exact_identity(disk->target));
}

/* Names, as far as we know them: numbers of domains are another's after a reboot. */
static json_t *peers(const struct vm *vm)
{
	uint32_t domids[TS_PEERS_MAX];
	int n = ts_peers(toolstack(vm), domid(vm), domids);
	json_t *list = n < 0 ? json_null() : json_array();

	for (int i = 0; i < n; i++) {
		const struct vm *peer = vm_by_domid(vm->host, domids[i]);

		json_array_append_new(list, json_pack("{s:I,s:s}", "domid", (json_int_t)domids[i],
						      "name", peer ? peer->row.name : ""));
	}
	return list;
}

static json_t *caps(const struct vm *vm)
{
	struct ts_caps now;

	if (ts_caps_get(toolstack(vm), domid(vm), &now) < 0)
		return json_null();
	return json_pack("{s:i,s:i,s:I}", "cpu_cap", now.cpu_cap, "cpu_weight", now.cpu_weight,
			 "memory_kib", (json_int_t)now.memory_kib);
}

int withdraw_record(const struct vm *vm, json_t *plan)
{
	struct ts_disk disks[TS_DISKS_MAX];
	int n = ts_disks(toolstack(vm), domid(vm), disks);
	json_t *list = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(list, disk_record(vm, &disks[i]));
	json_object_set_new(plan, "disks", list);
	json_object_set_new(plan, "peers", peers(vm));
	json_object_set_new(plan, "peers_of", json_integer(vm->domid));
	json_object_set_new(plan, "caps", caps(vm));
	json_object_set_new(plan, "policy",
			    json_pack("{s:s,s:o,s:b,s:b,s:i}", "disks", disks_name(vm->conf->disks),
				      "keep", kept_disks(vm->conf, disks, n), "passthrough",
				      vm->conf->keep_passthrough, "peers", vm->conf->keep_peers,
				      "cpu_cap", (int)vm->conf->cpu_cap));
	return n < 0 ? -1 : 0;
}

static bool is_kept(const struct vm *vm, const char *vdev)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(policy_of(vm), "keep"), i, one)
		if (!strcmp(json_string_value(one), vdev))
			return true;
	return false;
}

static bool was_shared(const struct vm *vm, const struct ts_disk *disk)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(vm->row.plan, "disks"), i, one)
		if (!strcmp(json_string_value(json_object_get(one, "vdev")), disk->vdev))
			return json_is_true(json_object_get(one, "shared"));
	return false;
}

static bool is_shared(const struct vm *vm, const struct ts_disk *disk)
{
	return was_shared(vm, disk) || ts_disk_shared(toolstack(vm), domid(vm), disk->target);
}

/* A plan of a version that took no disks has no policy: none goes. */
bool withdraw_takes(const struct vm *vm, const struct ts_disk *disk)
{
	const char *word = json_string_value(json_object_get(policy_of(vm), "disks"));

	if (!word || is_kept(vm, disk->vdev))
		return false;
	switch (disks_by_name(word)) {
	case DISKS_ALL:
		return true;
	case DISKS_WRITABLE:
		return disk->writable || is_shared(vm, disk);
	case DISKS_SHARED:
		return is_shared(vm, disk);
	default:
		return false;
	}
}

/* Return: 1 and the first one in @out; 0 if none is left that must go; -1 if that can't be read. */
static int next_disk(const struct vm *vm, struct ts_disk *out)
{
	struct ts_disk disks[TS_DISKS_MAX];
	int n = ts_disks(toolstack(vm), domid(vm), disks);

	for (int i = 0; i < n; i++) {
		if (!withdraw_takes(vm, &disks[i]))
			continue;
		*out = disks[i];
		return 1;
	}
	return n < 0 ? -1 : 0;
}

static int not_done(struct tx *tx, const char *what)
{
	snprintf(tx->undone, sizeof(tx->undone), "%s can't be withdrawn (%d)", what, tx->op_rc);
	return tx_ok(tx, "not done: %s", tx->undone);
}

int withdraw_disks(struct tx *tx)
{
	struct ts_disk disk;
	int left = next_disk(tx->vm, &disk);

	if (left < 0)
		return not_done(tx, "its disks can't be read from xenstore: they");
	if (!left)
		return tx_ok(tx, "%u disks withdrawn", tx->tries);
	if (tx->op_rc || tx->tries >= DISK_TRIES)
		return not_done(tx, disk.vdev);
	ts_disk_detach(toolstack(tx->vm), domid(tx->vm), disk.vdev, tx_op_done, tx);
	return TX_WAIT;
}

static bool pcis_go(const struct vm *vm)
{
	return policy_of(vm) && !json_is_true(json_object_get(policy_of(vm), "passthrough"));
}

int withdraw_pcis(struct tx *tx)
{
	ts_bdf bdfs[TS_PCIS_MAX];
	int n = pcis_go(tx->vm) ? ts_pcis(toolstack(tx->vm), domid(tx->vm), bdfs) : 0;

	if (n < 0)
		return not_done(tx, "its passthrough devices can't be read: they");
	if (!n)
		return tx_ok(tx, pcis_go(tx->vm) ? "%u passthrough devices withdrawn" : "left out",
			     tx->tries);
	if (tx->op_rc || tx->tries >= PCI_TRIES)
		return not_done(tx, bdfs[0]);
	ts_pci_detach(toolstack(tx->vm), domid(tx->vm), bdfs[0], tx_op_done, tx);
	return TX_WAIT;
}

static int cap_wanted(const struct vm *vm)
{
	return (int)json_integer_value(json_object_get(policy_of(vm), "cpu_cap"));
}

int withdraw_cpu(struct tx *tx)
{
	struct ts_caps wanted = {.cpu_cap = cap_wanted(tx->vm)};

	if (!wanted.cpu_cap)
		return tx_ok(tx, "left out");
	if (ts_caps_set(toolstack(tx->vm), domid(tx->vm), &wanted) < 0)
		return not_done(tx, "its processor time");
	return tx_ok(tx, "%d %% of one processor", wanted.cpu_cap);
}

/* In dom0's kernel itself, whatever xenstore says. */
static bool has_backend(const struct vm *vm, const json_t *disk)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%" PRIu32 "-%d", domid(vm),
		 (int)json_integer_value(json_object_get(disk, "devid")));
	return access(path, F_OK) == 0;
}

static bool backends_gone(const struct vm *vm)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(vm->row.plan, "disks"), i, one) {
		struct ts_disk disk = {
			.devid = (int)json_integer_value(json_object_get(one, "devid")),
			.writable = json_is_true(json_object_get(one, "writable"))};

		snprintf(disk.vdev, sizeof(disk.vdev), "%s",
			 json_string_value(json_object_get(one, "vdev")));
		snprintf(disk.target, sizeof(disk.target), "%s",
			 json_string_value(json_object_get(one, "target")));
		if (withdraw_takes(vm, &disk) && has_backend(vm, one))
			return false;
	}
	return true;
}

bool withdraw_holds(struct vm *vm, const char **why)
{
	ts_bdf bdfs[TS_PCIS_MAX];
	struct ts_disk disk;
	struct ts_caps now;

	*why = "it has a disk that must go, or its disks can't be read";
	if (policy_of(vm) && (next_disk(vm, &disk) || !backends_gone(vm)))
		return false;
	*why = "it has a passthrough device, or that can't be read";
	if (pcis_go(vm) && ts_pcis(toolstack(vm), domid(vm), bdfs))
		return false;
	*why = "its processor time is not capped";
	return !cap_wanted(vm) ||
	       (ts_caps_get(toolstack(vm), domid(vm), &now) == 0 && now.cpu_cap == cap_wanted(vm));
}

/*
 * A peer can close its end of an event channel, and keep the memory: one that was seen in this domain
 * stays one.
 */
static bool had_peers(const struct vm *vm)
{
	const json_t *list = json_object_get(vm->row.plan, "peers");

	return json_integer_value(json_object_get(vm->row.plan, "peers_of")) == vm->domid &&
	       (!json_is_array(list) || json_array_size(list));
}

bool withdraw_leaves_peers(const struct vm *vm)
{
	uint32_t domids[TS_PEERS_MAX];

	if (ts_flask(toolstack(vm)) && json_is_true(json_object_get(policy_of(vm), "peers")))
		return false;
	return had_peers(vm) || ts_peers(toolstack(vm), domid(vm), domids) != 0;
}
