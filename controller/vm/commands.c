/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acm/contain.h"
#include "acm/exact.h"
#include "acm/restore.h"
#include "acm/unenforced.h"
#include "attest/attest.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "remedy/scan.h"
#include "remedy/ward.h"
#include "vm/call.h"
#include "vm/discover.h"
#include "vm/labels.h"
#include "vm/tx.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

#define EVENTS_PAST 200
#define REASON_MAX  400
#define HOUR_NS	    3600000000000LL

#define RELEASE_DAYS_MAX 30

static json_t *cmd_status(struct call *call)
{
	const char *trouble = store_trouble(call->host->store);
	json_t *vms = json_array();
	struct vm *vm;

	LIST_FOREACH (vm, &call->host->vms, entry)
		json_array_append_new(vms, vm_view(vm));
	return json_pack("{s:b,s:s,s:b,s:o,s:s,s:o,s:o}", "ok", 1, "version", LAZARET_VERSION,
			 "flask", ts_flask(call->host->ts), "not_enforced",
			 unenforced_host(call->host), "journal", trouble ? trouble : "ok", "cures",
			 ward_list(call->host), "vms", vms);
}

static json_t *cmd_show(struct call *call)
{
	return json_pack("{s:b,s:o}", "ok", 1, "vm", vm_view_full(call->vm));
}

static json_t *cmd_events(struct call *call)
{
	const char *uuid = call->vm ? call->vm->row.uuid : NULL;

	/* The UUID is for followers, who get the events of all. */
	return json_pack("{s:b,s:s*,s:o}", "ok", 1, "vm", uuid, "events",
			 store_journal_list(call->host->store, uuid, NULL, 0, EVENTS_PAST));
}

/* Another level for one that is in quarantine. */
static json_t *change_level(struct call *call, enum vm_level level)
{
	struct vm *vm = call->vm;
	enum vm_level old = vm->row.level;

	if (level == LEVEL_UNSET || level == vm_level(vm))
		return ctl_refusal(CTL_CONFLICT, "%s is in quarantine already", vm->row.name);
	if (level == LEVEL_WATCH)
		return ctl_refusal(CTL_CONFLICT,
				   "%s is cut off already: «lazaretctl release» gives it back "
				   "what it had",
				   vm->row.name);
	if (vm->tx)
		return ctl_refusal(CTL_CONFLICT, "%s: something else is being done to it",
				   vm->row.name);
	vm->row.level = level;
	if (host_save(vm, "level", call->who, json_pack("{s:s}", "level", level_name(level))) < 0) {
		vm->row.level = old;
		return ctl_refusal(CTL_FAILED, "%s: the journal can't be written", vm->row.name);
	}
	vm->row.contained = false;
	contain_start(vm);
	return call_ok();
}

static json_t *cmd_quarantine(struct call *call)
{
	const char *name = json_string_value(json_object_get(call->request, "level"));
	enum vm_level level = name ? level_by_name(name) : LEVEL_UNSET;
	char reason[STORE_REASON_SIZE];

	if (name && level == LEVEL_UNSET)
		return ctl_refusal(CTL_BAD_REQUEST, "a level is watch, isolate, freeze or kill");
	if (call->vm->row.state == VM_DANGER)
		return change_level(call, level);
	snprintf(reason, sizeof(reason), "quarantined by %s%s%s", call->who,
		 call->reason[0] ? ": " : "", call->reason);
	if (level != LEVEL_UNSET)
		call->vm->row.level = level;
	vm_danger(call->vm, call->who, reason);
	return call_ok();
}

static json_t *cmd_cure(struct call *call)
{
	const char *why = NULL;
	int place = ward_ask(call->vm, call->who, &why);

	if (place < 0)
		return ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
	return json_pack("{s:b,s:i}", "ok", 1, "place", place);
}

/* A client that follows hears of its end by an event, which names the VM by its UUID. */
static json_t *cmd_scan(struct call *call)
{
	const char *disk = json_string_value(json_object_get(call->request, "disk"));
	const char *why = NULL;

	if (scan_start(call->vm, call->who, disk, &why) < 0)
		return ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
	return json_pack("{s:b,s:s}", "ok", 1, "vm", call->vm->row.uuid);
}

/* When a release is to end. Return: 0, or -1 if it is not a time, or not one to come and near enough. */
static int release_end(const struct call *call, int64_t *until)
{
	const char *text = json_string_value(json_object_get(call->request, "until"));
	int64_t now = time_now_ns();

	*until = text ? time_parse(text) : now + RELEASE_HOURS * HOUR_NS;
	return *until > now && *until - now <= RELEASE_DAYS_MAX * 24 * HOUR_NS ? 0 : -1;
}

static json_t *cmd_release(struct call *call)
{
	char why[REASON_MAX];
	int64_t until;

	if (!call->reason[0])
		return ctl_refusal(CTL_BAD_REQUEST, "a release needs a reason");
	if (call->vm->row.state != VM_DANGER)
		return ctl_refusal(CTL_CONFLICT, "%s is not in danger, but %s", call->vm->row.name,
				   vm_state_name(call->vm->row.state));
	if (release_end(call, &until) < 0)
		return ctl_refusal(
			CTL_BAD_REQUEST,
			"a release ends at a time like 2026-01-31T12:00 (UTC), within %d "
			"days from now",
			RELEASE_DAYS_MAX);
	if (call->vm->domid >= 0 && !exact_possible(call->vm, why, sizeof(why)))
		return ctl_refusal(CTL_CONFLICT, "%s: it can't get back what it had: %s",
				   call->vm->row.name, why);
	if (release_until(call->vm, call->who, call->reason, until) < 0)
		return ctl_refusal(CTL_CONFLICT,
				   "%s: something else is being done to it, or the journal can't "
				   "be written: see «lazaretctl show»",
				   call->vm->row.name);
	return call_ok();
}

static json_t *cmd_labels(struct call *call)
{
	return json_pack("{s:b,s:b,s:s,s:o}", "ok", 1, "flask", ts_flask(call->host->ts), "danger",
			 call->host->conf->danger_label, "labels", labels_list(call->host));
}

static json_t *cmd_label_set(struct call *call)
{
	const char *label = json_string_value(json_object_get(call->request, "label"));
	const char *why = "which label?";

	if (!label || labels_set(call->vm, call->who, label, &why) < 0)
		return ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
	return call_ok();
}

/* In danger, being made by somebody else, and not paused by us though we have just looked at it? */
static bool would_start(const struct vm *vm, json_int_t domid)
{
	struct ts_domain dom;

	return vm->domid == domid && vm_state_contained(vm->row.state) &&
	       vm_level(vm) != LEVEL_WATCH && !vm->row.contained && !vm->pause_held &&
	       !(vm->tx && vm->tx->creates) &&
	       (ts_info(vm->host->ts, (uint32_t)domid, &dom) < 0 || !dom.ran);
}

/* Asked by a hotplug script while xl makes a domain: it may not have been discovered yet. */
static json_t *cmd_admit(struct call *call)
{
	json_int_t domid = json_integer_value(json_object_get(call->request, "domid"));
	char why[ADMISSION_WHY];
	struct vm *vm;

	discover_domains(call->host);
	LIST_FOREACH (vm, &call->host->vms, entry)
		if (domid > 0 && (vm->domid == domid || vm->twin == domid))
			break;
	if (!vm)
		return ctl_refusal(CTL_NO_SUCH_VM, "no VM has that domain");
	if (would_start(vm, domid))
		return ctl_refusal(CTL_FAILED,
				   "%s is in danger and can't be paused: it must not start",
				   vm->row.name);
	if (admission_domain(vm, (uint32_t)domid, why) == 0)
		return call_ok();
	return ctl_refusal(CTL_CONFLICT, "%s: not admitted: %s", vm->row.name, why);
}

static json_t *cmd_reload(struct call *call)
{
	char *errors = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&errors, &len);
	struct conf *conf = out ? conf_load(call->host->conf_path, out) : NULL;
	json_t *answer = NULL;
	struct vm *vm;

	if (out)
		fclose(out);
	if (!conf)
		answer = ctl_refusal(CTL_FAILED, "nothing changed: %s",
				     errors ? errors : "no memory");
	free(errors);
	if (!conf)
		return answer;
	LIST_FOREACH (vm, &call->host->vms, entry) {
		vm->conf = conf_vm_find(conf, vm->row.uuid, vm->row.name);
		attest_stop(vm); /* it comes back at the next tick, with the pack of now */
		vm_forget_boot(vm);
	}
	conf_free(call->host->conf);
	call->host->conf = conf;
	LIST_FOREACH (vm, &call->host->vms, entry) {
		if (vm->conf->vtpm)
			vtpm_attach(vm);
		else
			vtpm_detach(vm);
		admission_consider(vm);
	}
	log_info("configuration read again");
	return call_ok();
}

static const struct {
	const char *name;
	json_t *(*run)(struct call *call);
	bool needs_vm;
} commands[] = {
	{"status", cmd_status, false},
	{"show", cmd_show, true},
	{"events", cmd_events, false},
	{"quarantine", cmd_quarantine, true},
	{"cure", cmd_cure, true},
	{"scan", cmd_scan, true},
	{"release", cmd_release, true},
	{"evidence", cmd_evidence, true},
	{"evidence-read", cmd_evidence_read, true},
	{"enrol", cmd_enrol, true},
	{"prove", cmd_prove, true},
	{"reload", cmd_reload, false},
	{"admit", cmd_admit, false},
	{"labels", cmd_labels, false},
	{"label-set", cmd_label_set, true},
	{"tpms", cmd_tpms, false},
	{"tpm-remove", cmd_tpm_remove, true},
	{"tpm-export", cmd_tpm_export, true},
	{"tpm-import", cmd_tpm_import, false},
};

json_t *commands_handle(void *arg, const struct ctl_peer *peer, const char *cmd,
			const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "vm"));
	const char *reason = json_string_value(json_object_get(request, "reason"));
	struct call call = {.host = arg, .request = request, .reason = reason ? reason : ""};

	snprintf(call.who, sizeof(call.who), "%s", peer->name);
	if (strlen(call.reason) > REASON_MAX)
		return ctl_refusal(CTL_BAD_REQUEST, "the reason is longer than %d bytes",
				   REASON_MAX);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, cmd))
			continue;
		if (commands[i].needs_vm && !name)
			return ctl_refusal(CTL_BAD_REQUEST, "«%s» needs a VM", cmd);
		call.vm = name ? vm_find(call.host, name) : NULL;
		if (name && !call.vm)
			return ctl_refusal(CTL_NO_SUCH_VM, "no VM is called %s", name);
		return commands[i].run(&call);
	}
	return ctl_refusal(CTL_BAD_REQUEST, "unknown command «%s»", cmd);
}
