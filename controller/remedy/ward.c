/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/ward.h"

#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "remedy/cure.h"
#include "remedy/scan.h"
#include "remedy/stock.h"
#include "vm/tx.h"
#include "vm/vm.h"

#define US	"lazaretd"
#define LOOK_MS 15000 /* between two looks at the supplies */

/* On probation it only waits, maybe for days: others may be cured meanwhile. */
static bool is_busy(const struct vm *vm)
{
	return vm->tx && (vm->tx->kind == &scan_kind || vm->row.state == VM_CURING);
}

bool ward_full(struct host *host)
{
	unsigned int n = 0;
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		n += is_busy(vm);
	return n >= host->conf->cures_at_once;
}

/* How many are in line before it. */
static unsigned int before(const struct vm *vm)
{
	unsigned int n = 0;
	struct vm *other;

	LIST_FOREACH (other, &vm->host->vms, entry)
		n += other->ward.turn && other->ward.turn < vm->ward.turn;
	return n;
}

static void queue(struct vm *vm, const char *who)
{
	uint64_t last = 0;
	struct vm *other;

	LIST_FOREACH (other, &vm->host->vms, entry)
		if (other->ward.turn > last)
			last = other->ward.turn;
	if (!vm->ward.turn)
		vm->ward.turn = last + 1;
	snprintf(vm->ward.who, sizeof(vm->ward.who), "%s", who);
}

/* Return: 0, or -1 with the reason in ward.why, too. */
static int begin(struct vm *vm, const char *who, const char **why)
{
	struct ward *ward = &vm->ward;

	ward->turn = 0;
	ward->why[0] = '\0';
	ward->stock = ward->stock_seen = stock_of(vm->conf);
	if (cure_start(vm, who, why) == 0)
		return 0;
	snprintf(ward->why, sizeof(ward->why), "%s", *why);
	return -1;
}

int ward_ask(struct vm *vm, const char *who, const char **why)
{
	*why = cure_refusal(vm);
	if (*why)
		return -1;
	if (!ward_full(vm->host))
		return begin(vm, who, why);
	*why = "it waits for its turn already";
	if (vm->ward.turn && strcmp(vm->ward.who, US) != 0)
		return -1;
	queue(vm, who);
	host_event(vm->host, vm, "queued", who, ward_view(vm));
	return (int)before(vm) + 1;
}

/* The rounds that the journal tells of; after a restart we go on counting. */
static unsigned int rounds_before(const struct vm *vm)
{
	json_t *rows = store_journal_list(vm->host->store, vm->row.uuid, "state", 0,
					  STORE_JOURNAL_MAX_OUT);
	unsigned int n = 0;

	for (size_t i = json_array_size(rows); i-- > 0;) {
		const json_t *row = json_array_get(rows, i);
		const char *from = json_string_value(json_object_get(row, "from"));
		const char *reason = json_string_value(json_object_get(row, "reason"));

		if (!from || !reason ||
		    (strcmp(from, vm_state_name(VM_DANGER)) != 0 &&
		     strcmp(from, vm_state_name(VM_CURING)) != 0 &&
		     strcmp(from, vm_state_name(VM_PROBATION)) != 0))
			break;
		n += !strncmp(reason, CURE_FAILED, strlen(CURE_FAILED));
	}
	json_decref(rows);
	return n;
}

static bool is_handed_over(const struct vm *vm)
{
	return vm->conf->auto_cure && vm->conf->cure_rounds &&
	       vm->ward.rounds >= vm->conf->cure_rounds;
}

void ward_failed(struct vm *vm)
{
	struct ward *ward = &vm->ward;

	ward->rounds++;
	ward->retry_ms = time_mono_ms() + (int64_t)vm->conf->cure_interval * 1000;
	ward->destroyed = vm->domid < 0;
	if (is_handed_over(vm))
		host_event(vm->host, vm, "handed-over", US,
			   json_pack("{s:I,s:s}", "rounds", (json_int_t)ward->rounds, "reason",
				     "no more cures begin by themselves until there are other "
				     "supplies: an operator has to look"));
}

/* A file that is being copied changes from look to look: nothing follows before it is whole. */
static void look_at_supplies(struct vm *vm, int64_t now)
{
	struct ward *ward = &vm->ward;
	uint64_t stock;

	if (now - ward->looked_ms < LOOK_MS)
		return;
	ward->looked_ms = now;
	stock = stock_of(vm->conf);
	if (!ward->stock) {
		ward->stock = stock; /* nothing was tried since our start */
	} else if (stock != ward->stock && stock == ward->stock_seen) {
		ward->stock = stock;
		ward->rounds = 0;
		ward->retry_ms = 0;
		host_event(vm->host, vm, "supplies", US,
			   json_pack("{s:s}", "reason",
				     "there are other golden values, packages, signatures or "
				     "vaccines: another cure is worth it"));
	}
	ward->stock_seen = stock;
}

/* Is a cure to begin without anybody's asking? */
static bool is_due(const struct vm *vm, int64_t now)
{
	/* One that does not run was stopped by a cure, or by somebody: then its disk may be elsewhere. */
	bool stands = vm->domid >= 0 ? vm->row.contained : vm->ward.destroyed;

	return vm->conf->auto_cure && !is_handed_over(vm) && now >= vm->ward.retry_ms && stands &&
	       vm->row.plan;
}

void ward_tick(struct vm *vm)
{
	struct ward *ward = &vm->ward;
	int64_t now = time_mono_ms();
	const char *why;

	if (!vm_state_contained(vm->row.state)) {
		*ward = (struct ward){.known = true};
		return;
	}
	if (!ward->known)
		ward->rounds = rounds_before(vm);
	ward->known = true;
	if (vm->row.state != VM_DANGER || vm->tx)
		return;
	if (vm->conf->auto_cure)
		look_at_supplies(vm, now);
	if (!ward->turn && is_due(vm, now))
		queue(vm, US);
	if (!ward->turn || before(vm) || ward_full(vm->host) || begin(vm, ward->who, &why) == 0)
		return;
	ward->retry_ms = now + (int64_t)vm->conf->cure_interval * 1000;
	host_event(vm->host, vm, "error", US,
		   json_pack("{s:s,s:s}", "transaction", "cure", "reason", why));
}

json_t *ward_view(const struct vm *vm)
{
	const struct ward *ward = &vm->ward;
	int64_t left = ward->retry_ms - time_mono_ms();
	bool waits = vm->conf->auto_cure && vm->row.state == VM_DANGER && !is_handed_over(vm);

	if (!vm_state_contained(vm->row.state))
		return json_null();
	return json_pack(
		"{s:I,s:o,s:o,s:b,s:o}", "failed", (json_int_t)ward->rounds, "place",
		ward->turn ? json_integer((json_int_t)before(vm) + 1) : json_null(), "next_seconds",
		waits && !ward->turn ? json_integer(left > 0 ? left / 1000 : 0) : json_null(),
		"handed_over", is_handed_over(vm), "refused",
		ward->why[0] ? json_string(ward->why) : json_null());
}

static void add_waiting(struct host *host, json_t *names)
{
	uint64_t last = 0;
	struct vm *vm, *next;

	do {
		next = NULL;
		LIST_FOREACH (vm, &host->vms, entry)
			if (vm->ward.turn > last && (!next || vm->ward.turn < next->ward.turn))
				next = vm;
		if (next) {
			last = next->ward.turn;
			json_array_append_new(names, json_string(next->row.name));
		}
	} while (next);
}

json_t *ward_list(struct host *host)
{
	json_t *busy = json_array(), *waiting = json_array();
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (is_busy(vm))
			json_array_append_new(busy, json_string(vm->row.name));
	add_waiting(host, waiting);
	return json_pack("{s:I,s:o,s:o}", "at_once", (json_int_t)host->conf->cures_at_once,
			 "under_way", busy, "waiting", waiting);
}
