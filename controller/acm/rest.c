/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/rest.h"

#include <stdio.h>

#include "acm/withdraw.h"

/* As the plan has it: the backend is gone by now, or will be. */
static bool is_emulated(const struct vm *vm, const json_t *record)
{
	const char *target = json_string_value(json_object_get(record, "target"));
	struct ts_disk disk = {.writable = json_is_true(json_object_get(record, "writable"))};

	snprintf(disk.vdev, sizeof(disk.vdev), "%s",
		 json_string_value(json_object_get(record, "vdev")) ?: "");
	snprintf(disk.target, sizeof(disk.target), "%s", target ?: "");
	return withdraw_takes(vm, &disk) &&
	       ts_emulated_disk(vm->host->ts, (uint32_t)vm->domid, disk.target);
}

static bool has_emulated_disk(const struct vm *vm)
{
	const json_t *record;
	size_t i;

	json_array_foreach (json_object_get(vm->row.plan, "disks"), i, record)
		if (is_emulated(vm, record))
			return true;
	return false;
}

bool rest_needs_pause(const struct vm *vm, const char **why)
{
	*why = "it shares memory and event channels with other guests, which nothing but a pause "
	       "cuts";
	if (withdraw_leaves_peers(vm))
		return true;
	*why = "its device model has a disk that must go, which nothing but a pause cuts";
	return has_emulated_disk(vm);
}
