/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db.h"
#include "store/store.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-store.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static struct store_vm sample(void)
{
	struct store_vm vm = {.state = VM_DANGER,
			      .since_ns = 42,
			      .contained = true,
			      .paused_by_us = true,
			      .kept = true,
			      .domid = 7,
			      .accepted_records = 9,
			      .accepted_until_ns = 10};

	snprintf(vm.uuid, sizeof(vm.uuid), UUID);
	snprintf(vm.name, sizeof(vm.name), "patient");
	snprintf(vm.reason, sizeof(vm.reason), "because");
	snprintf(vm.accepted_boot, sizeof(vm.accepted_boot), "00ff");
	vm.plan = json_pack("{s:s,s:[i,i]}", "label", "a_t", "nics", 1, 2);
	return vm;
}

static void keep(void *arg, struct store_vm *vm)
{
	struct store_vm *out = arg;

	json_decref(out->plan);
	*out = *vm;
}

static void row_survives(void **state)
{
	struct store_vm vm = sample(), back = {0};
	struct store *store = store_open(dir);

	(void)state;
	assert_non_null(store);
	assert_int_equal(store_save(store, &vm, "state", "unit", NULL), 1);
	store_close(store);
	store = store_open(dir);
	assert_non_null(store);
	assert_int_equal(store_each_vm(store, keep, &back), 0);
	assert_string_equal(back.uuid, UUID);
	assert_string_equal(back.name, "patient");
	assert_string_equal(back.reason, "because");
	assert_string_equal(back.accepted_boot, "00ff");
	assert_int_equal(back.state, VM_DANGER);
	assert_int_equal(back.since_ns, 42);
	assert_int_equal(back.domid, 7);
	assert_int_equal(back.accepted_records, 9);
	assert_int_equal(back.accepted_until_ns, 10);
	assert_true(back.contained && back.paused_by_us && back.kept && !back.paused_before);
	assert_true(json_equal(back.plan, vm.plan));
	assert_int_equal(store_journal(store, "", "start", "unit", NULL), 2);
	store_close(store);
	json_decref(vm.plan);
	json_decref(back.plan);
}

static void unknown_state_is_danger(void **state)
{
	struct store_vm vm = sample(), back = {0};
	struct store *store = store_open(dir);

	(void)state;
	vm.state = (enum vm_state)99;
	assert_true(store_save(store, &vm, "state", "unit", NULL) > 0);
	assert_int_equal(store_each_vm(store, keep, &back), 0);
	assert_int_equal(back.state, VM_DANGER);
	store_close(store);
	json_decref(vm.plan);
	json_decref(back.plan);
}

static void fill_journal(struct store *store, int rows)
{
	for (int i = 0; i < rows; i++) {
		json_t *data = json_pack("{s:i}", "n", i);

		assert_int_equal(store_journal(store, i % 2 ? UUID : "", i % 3 ? "step" : "state",
					       "unit", data),
				 i + 1);
		json_decref(data);
	}
}

static void journal_is_listed(void **state)
{
	struct store *store = store_open(dir);
	json_t *rows, *last;

	(void)state;
	fill_journal(store, 12);
	rows = store_journal_list(store, UUID, "step", 0, 2);
	assert_int_equal(json_array_size(rows), 2);
	last = json_array_get(rows, 1);
	assert_int_equal(json_integer_value(json_object_get(last, "seq")), 12);
	assert_int_equal(json_integer_value(json_object_get(last, "n")), 11);
	assert_string_equal(json_string_value(json_object_get(last, "event")), "step");
	assert_string_equal(json_string_value(json_object_get(last, "who")), "unit");
	json_decref(rows);
	rows = store_journal_list(store, NULL, NULL, 10, 0);
	assert_int_equal(json_array_size(rows), 2);
	json_decref(rows);
	store_close(store);
}

static void tamper(struct store *store, const char *sql)
{
	assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void chain_shows_changes(void **state)
{
	static const char *const harms[] = {
		"UPDATE journal SET data='{}' WHERE seq=4",
		"UPDATE journal SET who='nobody' WHERE seq=4",
		"UPDATE journal SET time=time+1 WHERE seq=4",
		"UPDATE journal SET vm='x' WHERE seq=4",
		"DELETE FROM journal WHERE seq=4",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		struct store *store = store_open(dir);

		tamper(store, "DELETE FROM journal");
		store_close(store);
		store = store_open(dir);
		fill_journal(store, 9);
		assert_int_equal(store_journal_verify(store), 9);
		tamper(store, harms[i]);
		assert_int_equal(store_journal_verify(store), -4);
		store_close(store);
	}
}

/* SQLite's own limit on pages stands for the full disk; giving up the reserve must help, once. */
static void full_disk_uses_the_reserve(void **state)
{
	struct store_vm vm = sample();
	struct store *store = store_open(dir);
	char path[128], big[4096];
	json_t *data;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	data = json_pack("{s:s}", "big", big);
	snprintf(path, sizeof(path), "%s/reserve", dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_null(store_trouble(store));
	tamper(store, "PRAGMA max_page_count=12");
	while (!store_reserve_used(store) && store_save(store, &vm, "state", "unit", data) > 0)
		;
	assert_true(store_reserve_used(store));
	assert_int_equal(access(path, F_OK), -1);
	assert_non_null(store_trouble(store));
	tamper(store, "PRAGMA max_page_count=10000");
	assert_true(store_save(store, &vm, "state", "unit", data) > 0);
	assert_true(store_journal_verify(store) > 0);
	store_close(store);
	json_decref(data);
	json_decref(vm.plan);
}

static void failed_save_writes_nothing(void **state)
{
	struct store_vm vm = sample(), back = {0};
	struct store *store = store_open(dir);

	(void)state;
	assert_true(store_save(store, &vm, "state", "unit", NULL) > 0);
	tamper(store,
	       "CREATE TRIGGER no BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT,'no'); END");
	vm.state = VM_TRUSTED;
	assert_int_equal(store_save(store, &vm, "state", "unit", NULL), -1);
	tamper(store, "DROP TRIGGER no");
	assert_int_equal(store_each_vm(store, keep, &back), 0);
	assert_int_equal(back.state, VM_DANGER);
	assert_int_equal(store_save(store, &vm, "state", "unit", NULL), 2);
	assert_int_equal(store_journal_verify(store), 2);
	store_close(store);
	json_decref(vm.plan);
	json_decref(back.plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(row_survives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(unknown_state_is_danger, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(journal_is_listed, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(chain_shows_changes, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(full_disk_uses_the_reserve, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(failed_save_writes_nothing, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
