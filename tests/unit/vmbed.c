/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake_ts.h"
#include "vm/tx.h"
#include "vmbed.h"

struct vmbed bed;

void vmbed_start(void)
{
	struct ts_domain dom = {.domid = fake.domid, .name = "patient"};

	snprintf(fake.uuid, sizeof(fake.uuid), "%s", VMBED_UUID);
	LIST_INIT(&bed.host.vms);
	bed.host.store = store_open(bed.dir);
	vm_load_all(&bed.host);
	bed.vm = vm_get(&bed.host, VMBED_UUID);
	if (fake.exists)
		vm_seen(bed.vm, &dom);
}

void vmbed_free(struct vm *vm)
{
	LIST_REMOVE(vm, entry);
	json_decref(vm->row.plan);
	json_decref(vm->row.tpm);
	json_decref(vm->findings);
	json_decref(vm->journaled);
	free(vm);
}

void vmbed_end(void)
{
	assert_null(bed.vm->tx);
	vmbed_free(bed.vm);
	store_close(bed.host.store);
}

int vmbed_set_up(void **state)
{
	(void)state;
	snprintf(bed.dir, sizeof(bed.dir), "/tmp/lazaret-vm.XXXXXX");
	if (!mkdtemp(bed.dir))
		return -1;
	bed.conf = (struct conf){.danger_label = (char *)(uintptr_t)VMBED_DANGER,
				 .defaults.level = LEVEL_ISOLATE};
	bed.host = (struct host){.base = event_base_new(), .conf = &bed.conf};
	fake_reset(bed.host.base, 2);
	vmbed_start();
	return 0;
}

int vmbed_tear_down(void **state)
{
	char cmd[128];

	(void)state;
	vmbed_end();
	event_base_free(bed.host.base);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", bed.dir);
	return system(cmd);
}

void vmbed_settle(void)
{
	while (bed.vm->tx)
		event_base_loop(bed.host.base, EVLOOP_ONCE);
}

void vmbed_assert_cut_off(void)
{
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	assert_true(bed.vm->row.contained);
	assert_string_equal(fake.label, VMBED_DANGER);
	assert_int_equal(fake.nics, 0);
}
