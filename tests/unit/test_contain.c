/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containment and release against a toolstack that fails, or loses the domain, at each call. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "acm/contain.h"
#include "acm/restore.h"
#include "fake_ts.h"
#include "vm/tx.h"
#include "vm/vm.h"

#define UUID   "11111111-2222-3333-4444-555555555555"
#define DANGER "x:x:danger_t"

static char dir[64];
static struct host host;
static struct conf conf;
static struct vm *vm;

static void start_controller(void)
{
	struct ts_domain dom = {.domid = fake.domid, .name = "patient"};

	LIST_INIT(&host.vms);
	host.store = store_open(dir);
	vm_load_all(&host);
	vm = vm_get(&host, UUID);
	if (fake.exists)
		vm_seen(vm, &dom);
}

static void end_controller(void)
{
	assert_null(vm->tx);
	json_decref(vm->row.plan);
	json_decref(vm->findings);
	json_decref(vm->journaled);
	free(vm);
	store_close(host.store);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-contain.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	conf = (struct conf){.danger_label = (char *)(uintptr_t)DANGER};
	host = (struct host){.base = event_base_new(), .conf = &conf};
	fake_reset(host.base, 2);
	start_controller();
	return 0;
}

static int tear_down(void **state)
{
	char cmd[128];

	(void)state;
	end_controller();
	event_base_free(host.base);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

/* Runs what is pending until the VM's transaction is over. */
static void settle(void)
{
	while (vm->tx)
		event_base_loop(host.base, EVLOOP_ONCE);
}

static void assert_cut_off(void)
{
	assert_int_equal(vm->row.state, VM_DANGER);
	assert_true(vm->row.contained);
	assert_string_equal(fake.label, DANGER);
	assert_int_equal(fake.nics, 0);
}

static void in_this_order(void **state)
{
	(void)state;
	vm_danger(vm, "unit", "because");
	settle();
	assert_string_equal(fake.log, "pause config relabel detach detach unpause ");
	assert_cut_off();
	assert_false(fake.paused);
	assert_string_equal(json_string_value(json_object_get(vm->row.plan, "label")),
			    "x:x:guest_t");
}

static void policy_keeps_it_paused(void **state)
{
	(void)state;
	conf.defaults.after = CONF_AFTER_PAUSED;
	vm_danger(vm, "unit", "because");
	settle();
	assert_cut_off();
	assert_true(fake.paused);
	assert_int_equal(release_start(vm, "root", "fine"), 0);
	settle();
	assert_false(fake.paused);
}

static void operators_pause_stays(void **state)
{
	(void)state;
	fake.paused = true;
	vm_danger(vm, "unit", "because");
	settle();
	assert_string_equal(fake.log, "config relabel detach detach ");
	assert_cut_off();
	assert_true(fake.paused);
}

static void without_flask_the_cards_go(void **state)
{
	(void)state;
	fake.flask = false;
	vm_danger(vm, "unit", "because");
	settle();
	assert_string_equal(fake.log, "pause config detach detach unpause ");
	assert_true(vm->row.contained);
}

static void a_failed_call_leaves_it_paused_and_is_retried(void **state)
{
	static const char *const calls[] = {"config", "relabel", "detach", "unpause"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		tear_down(NULL);
		set_up(NULL);
		fake.fail = calls[i];
		vm_danger(vm, "unit", "because");
		settle();
		assert_int_equal(vm->row.state, VM_DANGER);
		assert_false(vm->row.contained);
		assert_true(fake.paused);
		fake.fail = NULL;
		contain_start(vm);
		settle();
		assert_cut_off();
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

		tear_down(NULL);
		set_up(NULL);
		fake.vanish = calls[i];
		vm_danger(vm, "unit", "because");
		settle();
		assert_int_equal(vm->row.state, VM_DANGER);
		vm_gone(vm);
		assert_int_equal(vm->row.state, VM_DANGER);
		fake_reset(host.base, 2);
		fake.domid = 6;
		vm_seen(vm, &dom);
		settle();
		assert_cut_off();
	}
}

/* The controller is gone after each call; the next one finishes, and restores what was there first. */
static void a_crash_is_made_good(void **state)
{
	static const char *const calls[] = {"pause", "config", "relabel", "detach", "unpause"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		tear_down(NULL);
		set_up(NULL);
		/* A call that fails without effect is as good as a crash before it ... */
		fake.fail = calls[i];
		vm_danger(vm, "unit", "because");
		settle();
		/* ... and nothing in memory survives. */
		end_controller();
		fake.fail = NULL;
		fake.log[0] = '\0';
		start_controller();
		assert_int_equal(vm->row.state, VM_DANGER);
		settle();
		assert_cut_off();
		assert_false(fake.paused);
		assert_int_equal(json_array_size(json_object_get(vm->row.plan, "nics")), 2);
		assert_int_equal(release_start(vm, "root", "fine"), 0);
		settle();
		assert_string_equal(fake.label, "x:x:guest_t");
		assert_int_equal(fake.nics, 2);
	}
}

static void release_gives_back_what_was_there(void **state)
{
	(void)state;
	vm_danger(vm, "unit", "because");
	settle();
	fake.log[0] = '\0';
	assert_int_equal(release_start(vm, "root", "fine"), 0);
	settle();
	assert_string_equal(fake.log, "relabel attach attach ");
	assert_string_equal(fake.label, "x:x:guest_t");
	assert_int_equal(vm->row.state, VM_HELD);
	assert_null(vm->row.plan);
	assert_false(vm->row.contained);
}

/* Findings may be too many to be told one by one: the proof tells where the last one was. */
static void a_release_covers_what_was_there(void **state)
{
	struct ipc_hello hello = {.boot = "0123456789abcdef0123456789abcdef"};
	struct ipc_progress progress = {.done = 10};
	struct ipc_proof proof = {.records = 10, .danger = 300, .last_danger = 9, .golden = 1};

	(void)state;
	vm_on_hello(vm, &hello);
	vm_on_progress(vm, &progress);
	vm_danger(vm, "unit", "because");
	settle();
	assert_int_equal(release_start(vm, "root", "fine"), 0);
	settle();
	vm_on_proof(vm, &proof);
	assert_int_equal(vm->row.state, VM_HELD);
	proof.records = 11;
	proof.last_danger = 10;
	vm_on_proof(vm, &proof);
	settle();
	assert_cut_off();
}

static void a_failed_release_ends_in_danger(void **state)
{
	(void)state;
	vm_danger(vm, "unit", "because");
	settle();
	fake.fail = "attach";
	assert_int_equal(release_start(vm, "root", "fine"), 0);
	settle();
	fake.fail = NULL;
	assert_cut_off();
	assert_non_null(vm->row.plan);
}

static void a_lie_about_cards_is_seen(void **state)
{
	const char *why = NULL;

	(void)state;
	vm_danger(vm, "unit", "because");
	settle();
	assert_true(contain_holds(vm, &why));
	fake.nics = 1;
	assert_false(contain_holds(vm, &why));
	fake.nics = 0;
	snprintf(fake.label, sizeof(fake.label), "x:x:guest_t");
	assert_false(contain_holds(vm, &why));
	vm_tick(vm);
	settle();
	assert_cut_off();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_this_order),
		TEST(policy_keeps_it_paused),
		TEST(operators_pause_stays),
		TEST(without_flask_the_cards_go),
		TEST(a_failed_call_leaves_it_paused_and_is_retried),
		TEST(a_vanished_domain_stays_in_danger),
		TEST(a_crash_is_made_good),
		TEST(release_gives_back_what_was_there),
		TEST(a_release_covers_what_was_there),
		TEST(a_failed_release_ends_in_danger),
		TEST(a_lie_about_cards_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
