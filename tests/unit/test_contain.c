/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containment and release against a toolstack that fails, or loses the domain, at each call. */
#include "unit.h"

#include <stdio.h>

#include "acm/contain.h"
#include "acm/restore.h"
#include "fake_ts.h"
#include "vm/tx.h"
#include "vmbed.h"

static void in_this_order(void **state)
{
	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_string_equal(fake.log, "pause config relabel detach detach unpause ");
	vmbed_assert_cut_off();
	assert_false(fake.paused);
	assert_string_equal(json_string_value(json_object_get(bed.vm->row.plan, "label")),
			    "x:x:guest_t");
}

static void policy_keeps_it_paused(void **state)
{
	(void)state;
	bed.conf.defaults.level = LEVEL_FREEZE;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	vmbed_assert_cut_off();
	assert_true(fake.paused);
	fake.log[0] = '\0';
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_false(fake.paused);
	/* It must run to see that its cards went, before it gets them back. */
	assert_string_equal(fake.log, "relabel unpause attach attach ");
}

static void operators_pause_stays(void **state)
{
	(void)state;
	fake.paused = 1;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_string_equal(fake.log, "pause config relabel detach detach unpause ");
	vmbed_assert_cut_off();
	assert_int_equal(fake.paused, 1);
}

static void without_flask_the_cards_go(void **state)
{
	(void)state;
	fake.flask = false;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_string_equal(fake.log, "pause config detach detach unpause ");
	assert_true(bed.vm->row.contained);
}

static void a_failed_call_leaves_it_paused_and_is_retried(void **state)
{
	static const char *const calls[] = {"config", "relabel", "detach", "unpause"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		vmbed_tear_down(NULL);
		vmbed_set_up(NULL);
		fake.fail = calls[i];
		vm_danger(bed.vm, "unit", "because");
		vmbed_settle();
		assert_int_equal(bed.vm->row.state, VM_DANGER);
		assert_false(bed.vm->row.contained);
		assert_true(fake.paused);
		fake.fail = NULL;
		contain_start(bed.vm);
		vmbed_settle();
		vmbed_assert_cut_off();
		assert_false(fake.paused);
	}
}

static void a_vanished_domain_stays_in_danger(void **state)
{
	static const char *const calls[] = {"info",   "pause", "config",    "relabel",
					    "detach", "nics",  "label-get", "unpause"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct ts_domain dom = {.domid = 6, .name = "patient"};

		vmbed_tear_down(NULL);
		vmbed_set_up(NULL);
		fake.vanish = calls[i];
		vm_danger(bed.vm, "unit", "because");
		vmbed_settle();
		assert_int_equal(bed.vm->row.state, VM_DANGER);
		vm_gone(bed.vm);
		assert_int_equal(bed.vm->row.state, VM_DANGER);
		fake_reset(bed.host.base, 2);
		fake.domid = 6;
		vm_seen(bed.vm, &dom);
		vmbed_settle();
		vmbed_assert_cut_off();
	}
}

/* The controller is gone after each call; the next one finishes, and restores what was there first. */
static void a_crash_is_made_good(void **state)
{
	static const char *const calls[] = {"pause", "config", "relabel", "detach", "unpause"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		vmbed_tear_down(NULL);
		vmbed_set_up(NULL);
		/* A call that fails without effect is as good as a crash before it ... */
		fake.fail = calls[i];
		vm_danger(bed.vm, "unit", "because");
		vmbed_settle();
		/* ... and nothing in memory survives. */
		vmbed_end();
		fake.fail = NULL;
		fake.log[0] = '\0';
		vmbed_start();
		assert_int_equal(bed.vm->row.state, VM_DANGER);
		vmbed_settle();
		vmbed_assert_cut_off();
		assert_false(fake.paused);
		assert_int_equal(json_array_size(json_object_get(bed.vm->row.plan, "nics")), 2);
		assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
		vmbed_settle();
		assert_string_equal(fake.label, "x:x:guest_t");
		assert_int_equal(fake.nics, 2);
	}
}

static void release_gives_back_what_was_there(void **state)
{
	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	fake.log[0] = '\0';
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_string_equal(fake.log, "relabel attach attach ");
	assert_string_equal(fake.label, "x:x:guest_t");
	assert_int_equal(bed.vm->row.state, VM_HELD);
	assert_null(bed.vm->row.plan);
	assert_false(bed.vm->row.contained);
}

static void a_failed_release_ends_in_danger(void **state)
{
	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	fake.fail = "attach";
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	fake.fail = NULL;
	vmbed_assert_cut_off();
	assert_non_null(bed.vm->row.plan);
}

static void a_lie_about_cards_is_seen(void **state)
{
	const char *why = NULL;

	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_true(contain_holds(bed.vm, &why));
	fake.nics = 1;
	assert_false(contain_holds(bed.vm, &why));
	fake.nics = 0;
	snprintf(fake.label, sizeof(fake.label), "x:x:guest_t");
	assert_false(contain_holds(bed.vm, &why));
	vm_tick(bed.vm);
	vmbed_settle();
	vmbed_assert_cut_off();
}

/* The controller ends when the release is on record and nothing of it is done. */
static void a_release_broken_off_goes_on(void **state)
{
	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_int_equal(vm_set_state(bed.vm, VM_HELD, "root", "released"), 0);
	bed.vm->row.accepted_until_ns = INT64_MAX;
	assert_int_equal(store_save(bed.host.store, &bed.vm->row, "unit", "unit", NULL) > 0, 1);
	vmbed_end();
	vmbed_start();
	vm_tick(bed.vm);
	vmbed_settle();
	assert_string_equal(fake.label, "x:x:guest_t");
	assert_int_equal(fake.nics, 2);
	assert_null(bed.vm->row.plan);
	assert_int_equal(bed.vm->row.state, VM_HELD);
}

/* While the cards of one domain go, it is destroyed and made again. */
static void another_domain_is_contained_as_well(void **state)
{
	struct ts_domain dom = {.domid = 6, .name = "patient"};

	(void)state;
	vm_danger(bed.vm, "unit", "because");
	assert_non_null(bed.vm->tx);
	vm_gone(bed.vm);
	fake.domid = 6;
	fake.paused = 0;
	fake.nics = 2;
	snprintf(fake.label, sizeof(fake.label), "x:x:guest_t");
	vm_seen(bed.vm, &dom);
	assert_true(fake.paused);
	vmbed_settle();
	vmbed_assert_cut_off();
	assert_false(fake.paused);
}

/* What a toolstack that makes it, or a TPM that comes up, does with its own pause is no matter. */
static void it_does_not_run_before_it_is_cut_off(void **state)
{
	(void)state;
	fake.paused = 1;
	vm_danger(bed.vm, "unit", "because");
	fake.paused--;
	assert_true(fake.paused);
	vmbed_settle();
	vmbed_assert_cut_off();
}

static void without_a_label_the_cards_go(void **state)
{
	(void)state;
	fake.fail = "relabel";
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_int_equal(fake.nics, 0);
	assert_false(bed.vm->row.contained);
	assert_true(fake.paused);
}

static void kill_destroys_it_each_time(void **state)
{
	struct ts_domain dom = {.domid = 6, .name = "patient"};

	(void)state;
	bed.vm->row.level = LEVEL_KILL;
	vm_danger(bed.vm, "unit", "because");
	vm_gone(bed.vm); /* Xen tells of the end by a watch, which is not here */
	vmbed_settle();
	assert_string_equal(fake.log, "pause config destroy ");
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	assert_non_null(bed.vm->row.plan);
	fake_reset(bed.host.base, 2);
	fake.domid = 6;
	vm_seen(bed.vm, &dom);
	vm_gone(bed.vm);
	vmbed_settle();
	assert_false(fake.exists);
}

static void watch_withdraws_nothing(void **state)
{
	(void)state;
	bed.vm->row.level = LEVEL_WATCH;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	vm_tick(bed.vm);
	vmbed_settle();
	assert_string_equal(fake.log, "config ");
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_int_equal(bed.vm->row.level, LEVEL_UNSET);
	assert_int_equal(fake.paused, 0);
}

static void a_level_outlives_us(void **state)
{
	(void)state;
	bed.vm->row.level = LEVEL_FREEZE;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_int_equal(fake.paused, 1);
	vmbed_end();
	vmbed_start();
	vmbed_settle();
	vmbed_assert_cut_off();
	assert_int_equal(fake.paused, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VMBED_TEST(in_this_order),
		VMBED_TEST(policy_keeps_it_paused),
		VMBED_TEST(operators_pause_stays),
		VMBED_TEST(without_flask_the_cards_go),
		VMBED_TEST(a_failed_call_leaves_it_paused_and_is_retried),
		VMBED_TEST(a_vanished_domain_stays_in_danger),
		VMBED_TEST(a_crash_is_made_good),
		VMBED_TEST(release_gives_back_what_was_there),
		VMBED_TEST(a_failed_release_ends_in_danger),
		VMBED_TEST(a_lie_about_cards_is_seen),
		VMBED_TEST(a_release_broken_off_goes_on),
		VMBED_TEST(another_domain_is_contained_as_well),
		VMBED_TEST(it_does_not_run_before_it_is_cut_off),
		VMBED_TEST(without_a_label_the_cards_go),
		VMBED_TEST(kill_destroys_it_each_time),
		VMBED_TEST(watch_withdraws_nothing),
		VMBED_TEST(a_level_outlives_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
