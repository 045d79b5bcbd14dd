/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/unenforced.h"

#include "vm/vm.h"

json_t *unenforced_host(const struct host *host)
{
	json_t *list = json_array();

	if (ts_flask(host->ts))
		return list;
	json_array_append_new(
		list, json_string("labels: this Xen does not enforce FLASK, so that a VM in danger "
				  "which runs on can share new memory and event channels with a "
				  "guest that helps it, until that is seen and it is paused"));
	json_array_append_new(list,
			      json_string("labels: a VM in danger can be saved and migrated"));
	return list;
}

/* In doubt, yes. */
static bool had_peers(const json_t *plan)
{
	const json_t *list = json_object_get(plan, "peers");

	return !json_is_array(list) || json_array_size(list);
}

json_t *unenforced_vm(const struct vm *vm)
{
	const json_t *plan = vm->row.plan;
	json_t *list = json_array();

	if (!vm_state_contained(vm->row.state))
		return list;
	json_decref(list);
	list = unenforced_host(vm->host);
	if (vm_level(vm) == LEVEL_WATCH) {
		json_array_append_new(list, json_string("level watch: nothing is withdrawn"));
		return list;
	}
	if (ts_flask(vm->host->ts) && !vm->row.paused_by_us && had_peers(plan))
		json_array_append_new(list,
				      json_string("«peers = keep»: memory that it shared with "
						  "other guests before carries data still"));
	else if (ts_flask(vm->host->ts) && !vm->row.paused_by_us)
		json_array_append_new(
			list, json_string("memory that it shares with a guest it has no event "
					  "channel to is not seen: level freeze ends that, too"));
	if (json_is_true(json_object_get(json_object_get(plan, "policy"), "passthrough")))
		json_array_append_new(list, json_string("«passthrough = keep»: its PCI devices do "
							"what they are told"));
	return list;
}
