/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A controller with one VM, on the toolstack of fake_ts.h and a real store. */
#ifndef LAZARET_VMBED_H
#define LAZARET_VMBED_H

#include "vm/host.h"
#include "vm/vm.h"

#define VMBED_UUID   "11111111-2222-3333-4444-555555555555"
#define VMBED_DANGER "x:x:danger_t"
#define VMBED_BOOT   "0123456789abcdef0123456789abcdef"

struct vmbed {
	char dir[64];
	struct host host;
	struct conf conf;
	struct vm *vm;
};

extern struct vmbed bed;

/* cmocka's: the VM runs, has two cards and the label «x:x:guest_t». */
int vmbed_set_up(void **state);
int vmbed_tear_down(void **state);

/* The controller ends as if it were killed, and starts again with what its store remembers. */
void vmbed_start(void);
void vmbed_end(void);

/* Runs what is pending until the VM's transaction is over. */
void vmbed_settle(void);

void vmbed_assert_cut_off(void);

/* Frees a VM of vm_get(). */
void vmbed_free(struct vm *vm);

#define VMBED_TEST(f) cmocka_unit_test_setup_teardown(f, vmbed_set_up, vmbed_tear_down)

#endif
