/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lazaretctl without a daemon: «journal verify», and what the others answer with --json. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/store.h"
#include "toolbed.h"

#define ROWS 3

static char dir[64];
static char db[96], pack[96], key[96], public[112], out[96];

static int set_up(void **state)
{
	struct store *store;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-json.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(db, sizeof(db), "%s/" STORE_FILE, dir);
	snprintf(pack, sizeof(pack), "%s/a.pack", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	snprintf(public, sizeof(public), "%s.pub", key);
	snprintf(out, sizeof(out), "%s/out", dir);
	store = store_open(dir);
	for (int i = 0; i < ROWS; i++)
		store_journal(store, "", "step", "unit", NULL);
	store_close(store);
	return 0;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static void tamper(const char *sql)
{
	sqlite3 *other = NULL;

	assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

static int verify(struct args args)
{
	args.db = args.db ? args.db : db;
	return toolbed_run(run_journal, args, "verify", NULL);
}

/* The answer to the last command, to be freed; it must be one line. */
static json_t *answer(void)
{
	json_t *object = json_loads(toolbed_output, 0, NULL);

	assert_non_null(object);
	assert_ptr_equal(strchr(toolbed_output, '\n'), toolbed_output + strlen(toolbed_output) - 1);
	return object;
}

/* The head as it is now, to be freed. */
static char *head_now(void)
{
	json_t *object;
	char *head;

	assert_int_equal(verify((struct args){.json = true}), TOOL_OK);
	object = answer();
	head = strdup(json_string_value(json_object_get(object, "head")));
	json_decref(object);
	return head;
}

static void journal_is_sound(void **state)
{
	char *head = head_now();

	(void)state;
	assert_int_equal(strlen(head), 2 * STORE_HASH_SIZE);
	toolbed_shows("{\"ok\":true,");
	toolbed_shows("\"rows\":3,\"seq\":3,");
	toolbed_shows("\"bad\":null}");
	assert_int_equal(verify((struct args){.head = head}), TOOL_OK);
	toolbed_shows(": 3 rows, each follows from the one before it\n");
	toolbed_shows(head);
	toolbed_shows("the head that you noted is row 3\n");
	free(head);
}

static void journal_was_changed(void **state)
{
	(void)state;
	tamper("UPDATE journal SET who='x' WHERE seq=2");
	assert_int_equal(verify((struct args){0}), TOOL_FAILED);
	toolbed_shows("NOT SOUND: row 2 ");
	assert_int_equal(verify((struct args){.json = true}), TOOL_FAILED);
	toolbed_shows("{\"ok\":false,");
	toolbed_shows("\"rows\":1,");
	toolbed_shows("\"bad\":2}");
}

static void journal_was_cut(void **state)
{
	char *head = head_now();

	(void)state;
	tamper("DELETE FROM journal WHERE seq=3");
	assert_int_equal(verify((struct args){0}), TOOL_OK);
	assert_int_equal(verify((struct args){.head = head}), TOOL_FAILED);
	toolbed_shows("NOT SOUND: no row has the hash that you noted");
	assert_int_equal(verify((struct args){.head = head, .json = true}), TOOL_FAILED);
	toolbed_shows("\"noted\":null");
	free(head);
}

static void journal_cannot_be_read(void **state)
{
	(void)state;
	assert_int_equal(verify((struct args){.db = "/nonexistent/db", .json = true}), TOOL_FAILED);
	toolbed_shows("{\"ok\":false,\"code\":\"failed\",\"error\":\"/nonexistent/db: ");
	assert_int_equal(verify((struct args){.db = "/dev/null"}), TOOL_FAILED);
	assert_string_equal(toolbed_output, "");
	assert_int_equal(verify((struct args){.head = "12"}), TOOL_USAGE);
	assert_int_equal(toolbed_run(run_journal, (struct args){0}, "burn", NULL), TOOL_USAGE);
}

static void golden(struct args args, const char *action, const char *file, int want)
{
	args.json = true;
	assert_int_equal(toolbed_run(run_golden, args, action, file), want);
	json_decref(answer());
	toolbed_shows(want == TOOL_OK ? "{\"ok\":true," : "{\"ok\":false,");
}

static void make_pack(void)
{
	char tree[96], program[112];
	struct args args = {.root = tree, .output = pack};
	FILE *file;

	snprintf(tree, sizeof(tree), "%s/tree", dir);
	snprintf(program, sizeof(program), "%s/program", tree);
	assert_int_equal(mkdir(tree, 0700), 0);
	file = fopen(program, "w");
	assert_non_null(file);
	fputs("x", file);
	fclose(file);
	golden(args, "build", NULL, TOOL_OK);
}

static void golden_answers(void **state)
{
	(void)state;
	make_pack();
	golden((struct args){0}, "keygen", key, TOOL_OK);
	toolbed_shows("key.pub\"");
	golden((struct args){0}, "keygen", key, TOOL_FAILED); /* it is there already */
	golden((struct args){.key = public}, "verify", pack, TOOL_FAILED);
	toolbed_shows("\"signer\":\"\"");
	golden((struct args){.key = key}, "sign", pack, TOOL_OK);
	golden((struct args){.key = public}, "verify", pack, TOOL_OK);
	golden((struct args){.key = key}, "sign", db, TOOL_FAILED); /* no pack */
	golden((struct args){.key = db}, "sign", pack, TOOL_FAILED); /* no key */
	golden((struct args){.key = db}, "verify", pack, TOOL_FAILED);
	golden((struct args){.output = out}, "export", pack, TOOL_OK);
	toolbed_shows("\"left_out\":0");
	golden((struct args){.output = "/nonexistent/out"}, "export", pack, TOOL_FAILED);
	golden((struct args){.output = out, .root = "/nonexistent"}, "build", NULL, TOOL_FAILED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(journal_is_sound),	   T(journal_was_changed), T(journal_was_cut),
		T(journal_cannot_be_read), T(golden_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
