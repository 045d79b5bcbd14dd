/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not cut is named: in a VM's quarantine, and of the host at all times. */
#include "unit.h"

#include <string.h>

#include "acm/unenforced.h"
#include "fake_ts.h"
#include "vmbed.h"

/* Text number @at holds @part, and there are @n texts. */
static void says(json_t *list, size_t n, size_t at, const char *part)
{
	assert_int_equal(json_array_size(list), n);
	assert_non_null(strstr(json_string_value(json_array_get(list, at)), part));
	json_decref(list);
}

static void says_nothing(json_t *list)
{
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

static void of_a_vm_in_quarantine_alone(void **state)
{
	(void)state;
	says_nothing(unenforced_vm(bed.vm));
	bed.conf.defaults.keep_passthrough = bed.conf.defaults.keep_peers = true;
	fake.peers = 1;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	says(unenforced_vm(bed.vm), 2, 0, "peers");
	says(unenforced_vm(bed.vm), 2, 1, "passthrough");
	bed.conf.defaults.level = LEVEL_WATCH;
	says(unenforced_vm(bed.vm), 1, 0, "nothing is withdrawn");
}

static void of_one_that_runs_on(void **state)
{
	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	says(unenforced_vm(bed.vm), 1, 0, "no event channel");
	bed.vm->row.paused_by_us = true;
	says_nothing(unenforced_vm(bed.vm));
}

static void of_a_host_without_flask(void **state)
{
	(void)state;
	says_nothing(unenforced_host(&bed.host));
	fake.flask = false;
	says(unenforced_host(&bed.host), 2, 0, "does not enforce FLASK");
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	says(unenforced_vm(bed.vm), 2, 1, "migrated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VMBED_TEST(of_a_vm_in_quarantine_alone),
		VMBED_TEST(of_one_that_runs_on),
		VMBED_TEST(of_a_host_without_flask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
