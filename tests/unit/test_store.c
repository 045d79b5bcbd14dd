/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db.h"
#include "store/journal.h"
#include "common/timefmt.h"
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

static void tamper(struct store *store, const char *sql)
{
	assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
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

struct visit {
	struct store *store;
	int calls;
};

/* As vm_load_all() does after a restart in the middle of a cure. */
static void save_again(void *arg, struct store_vm *vm)
{
	struct visit *visit = arg;

	assert_true(++visit->calls <= 3); /* or it would never end */
	assert_true(store_save(visit->store, vm, "state", "unit", NULL) > 0);
	json_decref(vm->plan);
	json_decref(vm->tpm);
}

static void rows_are_saved_while_they_are_given_out(void **state)
{
	struct store_vm vm = sample();
	struct visit visit = {.store = store_open(dir)};

	(void)state;
	for (int i = 0; i < 3; i++) {
		vm.uuid[0] = (char)('1' + i);
		assert_true(store_save(visit.store, &vm, "state", "unit", NULL) > 0);
	}
	assert_int_equal(store_each_vm(visit.store, save_again, &visit), 0);
	assert_int_equal(visit.calls, 3);
	store_close(visit.store);
	json_decref(vm.plan);
}

/* How SQLite answers a query of store_journal_list(), its steps in one text. */
static const char *plan_of(struct store *store, bool has_vm, bool has_kind)
{
	static char plan[1024];
	char sql[512];
	sqlite3_stmt *st;

	plan[0] = '\0';
	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", journal_list_sql(has_vm, has_kind));
	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		snprintf(plan + strlen(plan), sizeof(plan) - strlen(plan), "%s; ",
			 (const char *)sqlite3_column_text(st, 3));
	sqlite3_finalize(st);
	return plan;
}

static void plan_is(struct store *store, bool has_vm, bool has_kind, const char *want)
{
	const char *plan = plan_of(store, has_vm, has_kind);

	if (!strstr(plan, want) || strstr(plan, "SCAN") || strstr(plan, "TEMP B-TREE"))
		fail_msg("«%s» is not in «%s», or it does more", want, plan);
}

static void queries_use_an_index(void **state)
{
	struct store *store = store_open(dir);

	(void)state;
	plan_is(store, true, true, "INDEX journal_vm_kind (vm=? AND kind=? AND seq>?)");
	plan_is(store, true, false, "INDEX journal_vm (vm=? AND seq>?)");
	plan_is(store, false, false, "INTEGER PRIMARY KEY (rowid>?)");
	plan_is(store, false, true, "INTEGER PRIMARY KEY (rowid>?)"); /* asked for by nobody */
	store_close(store);
}

static void old_database_gets_the_index(void **state)
{
	struct store *store = store_open(dir);

	(void)state;
	fill_journal(store, 3);
	tamper(store, "DROP INDEX journal_vm_kind");
	assert_null(strstr(plan_of(store, true, true), "journal_vm_kind"));
	store_close(store);
	store = store_open(dir);
	plan_is(store, true, true, "INDEX journal_vm_kind");
	store_close(store);
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
	store_close(store);
	json_decref(vm.plan);
	json_decref(back.plan);
}

/* What a hotplug script asks while no daemon runs. */
static void who_must_be_cut_off(void **state)
{
	static const char other[] = "22222222-2222-3333-4444-555555555555";
	struct store *store = store_open(dir);
	struct store_vm vm = sample();
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/" STORE_FILE, dir);
	assert_true(store_save(store, &vm, "state", "unit", NULL) > 0);
	assert_int_equal(store_contained_file(path, UUID, "another name"), 1);
	assert_int_equal(store_contained_file(path, other, "patient"), 1);
	assert_int_equal(store_contained_file(path, other, "neighbour"), 0);
	assert_int_equal(store_contained_file(path, other, ""), 0);
	snprintf(vm.uuid, sizeof(vm.uuid), "%s", other);
	vm.state = VM_HELD;
	vm.accepted_until_ns = time_now_ns() + 3600 * 1000000000LL;
	assert_true(store_save(store, &vm, "state", "unit", NULL) > 0);
	assert_int_equal(store_contained_file(path, other, "patient"), 0);
	assert_int_equal(store_contained_file(path, UUID, "patient"), 1);
	vm.accepted_until_ns = time_now_ns() - 1;
	assert_true(store_save(store, &vm, "state", "unit", NULL) > 0);
	assert_int_equal(store_contained_file(path, other, "patient"), 1);
	store_close(store);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(store_contained_file(path, UUID, "patient"), -1);
	json_decref(vm.plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(row_survives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(unknown_state_is_danger, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(journal_is_listed, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(rows_are_saved_while_they_are_given_out, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(queries_use_an_index, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(old_database_gets_the_index, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(who_must_be_cut_off, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(failed_save_writes_nothing, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
