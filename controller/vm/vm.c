/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "acm/contain.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "vm/tx.h"

static struct vm *vm_new(struct host *host, const struct store_vm *row)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		fatalx("no memory for a VM");
	vm->host = host;
	vm->row = *row;
	vm->domid = vm->twin = -1;
	vm->pause_doubtful = row->paused_by_us;
	vm->findings = json_array();
	vm->journaled = json_array();
	vm->conf = conf_vm_find(host->conf, vm->row.uuid, vm->row.name);
	LIST_INSERT_HEAD(&host->vms, vm, entry);
	return vm;
}

struct vm *vm_get(struct host *host, const char *uuid)
{
	struct store_vm row = {.state = VM_UNKNOWN, .domid = -1};
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (!strcmp(vm->row.uuid, uuid))
			return vm;
	snprintf(row.uuid, sizeof(row.uuid), "%s", uuid);
	snprintf(row.reason, sizeof(row.reason), VM_NO_CHANNEL);
	row.since_ns = time_now_ns();
	return vm_new(host, &row);
}

struct vm *vm_by_domid(struct host *host, uint32_t domid)
{
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (vm->domid == domid)
			return vm;
	return NULL;
}

/* The only one of that name, among those that run or among all. */
static struct vm *find_name(struct host *host, const char *name, bool running)
{
	struct vm *vm, *found = NULL;

	LIST_FOREACH (vm, &host->vms, entry) {
		if (strcmp(vm->row.name, name) || (running && vm->domid < 0))
			continue;
		if (found)
			return NULL;
		found = vm;
	}
	return found;
}

struct vm *vm_find(struct host *host, const char *key)
{
	struct vm *vm, *found;
	char *end;
	unsigned long domid = strtoul(key, &end, 10);

	LIST_FOREACH (vm, &host->vms, entry)
		if (!strcmp(vm->row.uuid, key))
			return vm;
	found = find_name(host, key, true);
	if (!found)
		found = find_name(host, key, false);
	return found || !*key || *end ? found : vm_by_domid(host, (uint32_t)domid);
}

/* Nothing that was believed before a restart may be shown as true after it. */
static void load_one(void *arg, struct store_vm *row)
{
	struct vm *vm = vm_new(arg, row);

	switch (vm->row.state) {
	case VM_ATTESTING:
	case VM_TRUSTED:
	case VM_STALE:
		vm->row.state = VM_UNKNOWN;
		snprintf(vm->row.reason, sizeof(vm->row.reason),
			 "the controller has just started: no proof yet");
		vm->row.since_ns = time_now_ns();
		break;
	case VM_CURING:
	case VM_PROBATION:
		vm->row.contained = false;
		vm->ward.destroyed = true; /* if it is gone, it was the cure that destroyed it */
		vm_set_state(vm, VM_DANGER, "lazaretd",
			     "the controller ended in the middle of a cure");
		break;
	default:
		vm->row.contained = false; /* is checked again before it is believed */
	}
}

void vm_load_all(struct host *host)
{
	if (store_each_vm(host->store, load_one, host) < 0)
		fatalx("the store can't be read: see above; lazaretd does not start without it");
}

/* Out of quarantine only if that is on record; into it in any case. */
static bool needs_record(enum vm_state from, enum vm_state to)
{
	return vm_state_contained(from) && to != VM_DANGER;
}

int vm_set_state(struct vm *vm, enum vm_state state, const char *who, const char *fmt, ...)
{
	enum vm_state from = vm->row.state;
	struct store_vm old = vm->row;
	char reason[STORE_REASON_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	utf8_trim(reason);
	if (from == state && !strcmp(reason, vm->row.reason))
		return 0;
	if (from != state && !vm_state_may_follow(from, state)) {
		log_warnx("%s: no way from %s to %s (%s)", vm->row.name, vm_state_name(from),
			  vm_state_name(state), reason);
		return -1;
	}
	memcpy(vm->row.reason, reason, sizeof(reason));
	if (from != state)
		vm->row.since_ns = time_now_ns();
	vm->row.state = state;
	log_info("%s: %s → %s: %s", vm->row.name, vm_state_name(from), vm_state_name(state),
		 reason);
	if (host_save(vm, "state", who,
		      json_pack("{s:s,s:s,s:s}", "from", vm_state_name(from), "to",
				vm_state_name(state), "reason", reason)) == 0)
		return 0;
	if (needs_record(from, state)) {
		log_warnx("%s: stays %s", vm->row.name, vm_state_name(from));
		vm->row = old;
	}
	return -1;
}

enum vm_level vm_level(const struct vm *vm)
{
	return vm->row.level != LEVEL_UNSET ? vm->row.level : vm->conf->level;
}

void vm_danger(struct vm *vm, const char *who, const char *reason)
{
	struct ts_domain dom;

	if (vm_state_contained(vm->row.state)) {
		host_event(vm->host, vm, "reason", who, json_pack("{s:s}", "reason", reason));
		if (vm->row.state != VM_DANGER)
			tx_cancel(vm, reason); /* a cure that has come to nothing */
		return;
	}
	/* That we are about to pause it goes into the same commit as the reason. */
	if (vm->domid >= 0 && ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) == 0) {
		vm->row.domid = vm->domid;
		/* Ours may be there still, of a release that has not come to its end. */
		if (!vm->row.paused_by_us) {
			vm->row.paused_before = dom.paused;
			vm->pause_doubtful = false;
		}
		vm->row.paused_by_us = vm_level(vm) != LEVEL_WATCH;
	}
	vm->row.contained = false;
	vm_set_state(vm, VM_DANGER, who, "%s", reason);
	contain_start(vm);
}

void vm_forget_boot(struct vm *vm)
{
	vm->greeted = false;
	vm->proven = false;
	vm->golden_ms = 0;
	vm->records = 0;
	vm->dangers = 0;
	json_array_clear(vm->findings);
}
