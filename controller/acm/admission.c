/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/admission.h"

#include <stdio.h>
#include <string.h>

#include "vm/vm.h"
#include "xsm/workloads.h"

/* In place of a workload's own types, for a VM that was given no label: policy/xsm/lazaret.te. */
#define TYPE_NEW   "lz_new_t"
#define TYPE_GUEST "lz_guest_t"

/* Gives @label the type that its workload has in that case. Return: was it of a workload? */
static bool turn(const struct host *host, char *label, enum workload_type to)
{
	const struct workloads *ws = host->conf->workloads;
	enum workload_type now;
	size_t at = ws ? workloads_of_label(ws, label, &now) : WORKLOADS_MISSING;
	char type[WORKLOAD_TYPE_SIZE];

	if (at == WORKLOADS_MISSING)
		return false;
	workload_type(type, ws->list[at].name, to);
	workload_label(label, TS_LABEL_SIZE, type);
	return true;
}

void admission_running(const struct host *host, char *label)
{
	if (!turn(host, label, WORKLOAD_RUNS) && workload_label_is(label, TYPE_NEW))
		workload_label(label, TS_LABEL_SIZE, TYPE_GUEST);
}

void admission_starting(const struct host *host, char *label)
{
	turn(host, label, WORKLOAD_HELD);
}

/* What a VM runs as, or would if it were released. Return: 1; 0: it does not run; -1: unreadable. */
static int counts_as(const struct vm *vm, char *label)
{
	const char *recorded = json_string_value(json_object_get(vm->row.plan, "label"));

	if (vm->domid < 0)
		return 0;
	if (recorded) {
		snprintf(label, TS_LABEL_SIZE, "%s", recorded);
		return 1;
	}
	return ts_label_get(vm->host->ts, (uint32_t)vm->domid, label) < 0 ? -1 : 1;
}

/*
 * One that runs now, and that workload @at may never run beside; NULL: none.
 * @of: its workload; WORKLOADS_MISSING: its label can't be read, so that it may be such a one
 */
static const struct vm *rival(const struct vm *vm, size_t at, size_t *of)
{
	const struct workloads *ws = vm->host->conf->workloads;
	char label[TS_LABEL_SIZE];
	enum workload_type which;
	const struct vm *other;

	LIST_FOREACH (other, &vm->host->vms, entry) {
		int counts = other == vm ? 0 : counts_as(other, label);

		if (!counts)
			continue;
		*of = WORKLOADS_MISSING;
		if (counts < 0)
			return other;
		*of = workloads_of_label(ws, label, &which);
		if (*of != WORKLOADS_MISSING && which == WORKLOAD_RUNS &&
		    workloads_apart(ws, at, *of))
			return other;
	}
	return NULL;
}

bool admission_allows(const struct vm *vm, const char *label, char *why, size_t size)
{
	const struct workloads *ws = vm->host->conf->workloads;
	enum workload_type which;
	size_t at = ws ? workloads_of_label(ws, label, &which) : WORKLOADS_MISSING, of;
	const struct vm *other;

	if (at == WORKLOADS_MISSING || !ws->list[at].apart)
		return true;
	other = rival(vm, at, &of);
	if (other && of == WORKLOADS_MISSING)
		snprintf(why, size,
			 "the label of VM «%.80s» (%s) can't be read: workload %s may be one that "
			 "never runs beside it",
			 other->row.name, other->row.uuid, ws->list[at].name);
	else if (other)
		snprintf(why, size,
			 "workload %s may never run on one host with %s: stop VM «%.80s» (%s) "
			 "first, or start this one on another host",
			 ws->list[at].name, ws->list[of].name, other->row.name, other->row.uuid);
	return !other;
}

/* Is it held by the policy, though the file of workloads does not know its label? */
static bool is_unknown(const struct vm *vm, const char *label)
{
	char runs[TS_LABEL_SIZE];

	return workload_label_guess(label, runs, sizeof(runs)) &&
	       ts_label_valid(vm->host->ts, runs);
}

/*
 * One that starts in its quarantine gets the danger label instead, and at once if what it gets back is
 * on record: whoever makes it may not be through with it before it can be started.
 */
static void admit_to_danger(struct vm *vm, uint32_t domid)
{
	if (vm->row.plan)
		ts_label_set(vm->host->ts, domid, vm->host->conf->danger_label);
}

int admission_domain(struct vm *vm, uint32_t domid, char *why)
{
	char label[TS_LABEL_SIZE], runs[TS_LABEL_SIZE];
	struct ts *ts = vm->host->ts;

	if (!ts_flask(ts))
		return 0;
	if (ts_label_get(ts, domid, label) < 0) {
		snprintf(why, ADMISSION_WHY, "its label can't be read");
		return -1;
	}
	memcpy(runs, label, sizeof(runs));
	admission_running(vm->host, runs);
	if (vm_state_contained(vm->row.state) && vm_level(vm) != LEVEL_WATCH) {
		if (strcmp(runs, label))
			admit_to_danger(vm, domid); /* else, and if that fails, contain.c does it */
		return 0;
	}
	if (!strcmp(runs, label)) {
		if (!is_unknown(vm, label))
			return 0;
		snprintf(why, ADMISSION_WHY,
			 "the workload of its label %.80s is not in workloads.conf: add it, and "
			 "«lazaretctl reload»",
			 label);
		return -1;
	}
	if (!admission_allows(vm, runs, why, ADMISSION_WHY))
		return -1;
	if (ts_label_set(ts, domid, runs) < 0) {
		snprintf(why, ADMISSION_WHY,
			 "Xen refused the label %.80s: load a policy that was built of "
			 "workloads.conf",
			 runs);
		return -1;
	}
	host_event(vm->host, vm, "admitted", "lazaretd",
		   json_pack("{s:I,s:s,s:s}", "domid", (json_int_t)domid, "from", label, "label",
			     runs));
	return 0;
}

void admission_consider(struct vm *vm)
{
	char why[ADMISSION_WHY] = "";

	if (vm->domid >= 0 && admission_domain(vm, (uint32_t)vm->domid, why) < 0 &&
	    strcmp(why, vm->refused))
		host_event(vm->host, vm, "refused", "lazaretd",
			   json_pack("{s:I,s:s}", "domid", (json_int_t)vm->domid, "reason", why));
	memcpy(vm->refused, why, sizeof(vm->refused));
}
