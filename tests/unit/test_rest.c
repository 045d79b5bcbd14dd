/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an HVM guest reaches by its device model, when it has none of it unplugged. */
#include "unit.h"

#include <string.h>

#include "acm/contain.h"
#include "acm/rest.h"
#include "fake_ts.h"
#include "vmbed.h"

#define ALWAYS 1000000

/* A guest with an emulated card, and with a second disk, which must go. */
static void fall_ill(void)
{
	bed.conf.defaults.disks = DISKS_ALL;
	fake_disk("xvdb", true, "/dev/null");
	fake.emulated_cards = 1;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
}

static void emulated_cards_go_down(void **state)
{
	const char *why = NULL;

	(void)state;
	fall_ill();
	assert_true(bed.vm->row.contained);
	assert_int_equal(fake.emulated_cards, 0);
	assert_int_equal(fake.paused, 0);
	fake.emulated_cards = 1;
	assert_false(contain_holds(bed.vm, &why));
	assert_non_null(strstr(why, "network card"));
}

static void one_that_stays_up_is_not_contained(void **state)
{
	(void)state;
	fake.fail = "emulated-down";
	fall_ill();
	assert_false(bed.vm->row.contained);
	assert_int_equal(fake.paused, 1);
}

static void an_emulated_disk_keeps_it_paused(void **state)
{
	const char *why = NULL;

	(void)state;
	fake.emulated_disks = ALWAYS;
	fall_ill();
	assert_true(bed.vm->row.contained);
	assert_int_equal(fake.paused, 1);
	assert_true(rest_needs_pause(bed.vm, &why));
	assert_non_null(strstr(why, "device model"));
	fake.paused = 0;
	assert_false(contain_holds(bed.vm, &why));
}

/* A backend in a device model closes its disk when it hears that it is gone. */
static void a_disk_that_is_let_go_needs_no_pause(void **state)
{
	(void)state;
	fake.emulated_disks = 3;
	fall_ill();
	assert_true(bed.vm->row.contained);
	assert_int_equal(fake.emulated_disks, 0);
	assert_int_equal(fake.paused, 0);
}

/* The root disk stays, however it is reached. */
static void a_disk_that_stays_needs_no_pause(void **state)
{
	(void)state;
	fake.emulated_disks = ALWAYS;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_true(bed.vm->row.contained);
	assert_int_equal(fake.paused, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, vmbed_set_up, vmbed_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(emulated_cards_go_down),		TEST(one_that_stays_up_is_not_contained),
		TEST(an_emulated_disk_keeps_it_paused), TEST(a_disk_that_is_let_go_needs_no_pause),
		TEST(a_disk_that_stays_needs_no_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
