/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/labels.h"

#include <string.h>

#include "vm/vm.h"

json_t *label_now(const struct vm *vm)
{
	char label[TS_LABEL_SIZE];

	if (vm->domid < 0 || !ts_flask(vm->host->ts) ||
	    ts_label_get(vm->host->ts, (uint32_t)vm->domid, label) < 0)
		return json_null();
	return json_string(label);
}

json_t *labels_list(struct host *host)
{
	json_t *list = json_array();
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:o,s:O?}", "name", vm->row.name, "uuid",
						vm->row.uuid, "label", label_now(vm), "recorded",
						json_object_get(vm->row.plan, "label")));
	return list;
}

/* Return: NULL if it may be done. */
static const char *refusal(const struct vm *vm, const char *label)
{
	static char wall[ADMISSION_WHY];
	const struct host *host = vm->host;

	if (!ts_flask(host->ts))
		return "this Xen does not enforce FLASK";
	if (vm->domid < 0)
		return "it does not run: its configuration says which label it starts with";
	if (vm_state_contained(vm->row.state) || vm->tx || vm->row.plan)
		return "it is in quarantine, or something is being done to it";
	if (!strcmp(label, host->conf->danger_label))
		return "that is the danger label: «lazaretctl quarantine» does more";
	if (!ts_label_valid(host->ts, label))
		return "the loaded policy does not know that label";
	return admission_allows(vm, label, wall, sizeof(wall)) ? NULL : wall;
}

int labels_set(struct vm *vm, const char *who, const char *label, const char **why)
{
	json_t *old = label_now(vm);

	*why = refusal(vm, label);
	if (!*why && ts_label_set(vm->host->ts, (uint32_t)vm->domid, label) < 0)
		*why = "Xen refused it: the policy does not let dom0 relabel it so";
	if (*why)
		json_decref(old);
	else
		host_event(vm->host, vm, "label", who,
			   json_pack("{s:o,s:s}", "from", old, "to", label));
	return *why ? -1 : 0;
}
