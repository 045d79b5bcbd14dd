/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's chain of hashes: what was changed shows, and what can't be read is not «sound». */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db.h"
#include "store/store.h"

#define UUID "11111111-2222-3333-4444-555555555555"
#define ROWS 9

static char dir[64];
static char file[96];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-chain.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/" STORE_FILE, dir);
	return 0;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static struct store *filled(void)
{
	struct store *store = store_open(dir);

	assert_non_null(store);
	for (int i = 0; i < ROWS; i++)
		assert_true(store_journal(store, UUID, "step", "unit", NULL) > 0);
	return store;
}

static void tamper(struct store *store, const char *sql)
{
	assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void changes_show(void **state)
{
	static const char *const harms[] = {
		"UPDATE journal SET data='{\"a\":1}' WHERE seq=4",
		"UPDATE journal SET who='nobody' WHERE seq=4",
		"UPDATE journal SET kind='steq' WHERE seq=4",
		"UPDATE journal SET time=time+1 WHERE seq=4",
		"UPDATE journal SET vm='x' WHERE seq=4",
		"UPDATE journal SET hash=x'00' WHERE seq=4",
		"UPDATE journal SET hash=NULL WHERE seq=4",
		/* What is behind a NUL is no part of the text for most readers. */
		"UPDATE journal SET who=CAST(CAST(who AS BLOB)||x'0061' AS TEXT) WHERE seq=4",
		"UPDATE journal SET data=CAST(data AS BLOB) WHERE seq=4",
		"UPDATE journal SET data=NULL WHERE seq=4",
		"DELETE FROM journal WHERE seq=4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(harms); i++) {
		struct store *store = filled();
		struct store_chain chain;

		assert_int_equal(store_journal_verify(store, NULL, &chain), 0);
		assert_int_equal(chain.rows, ROWS);
		tamper(store, harms[i]);
		assert_int_equal(store_journal_verify(store, NULL, &chain), 1);
		assert_int_equal(chain.bad, 4);
		assert_int_equal(chain.rows, 3);
		tamper(store, "DELETE FROM journal");
		store_close(store);
	}
}

/* Rows cut off at the end leave a chain that is as sound as before. */
static void noted_head_shows_a_cut(void **state)
{
	struct store *store = filled();
	struct store_chain noted, chain;

	(void)state;
	assert_int_equal(store_journal_verify(store, NULL, &noted), 0);
	assert_memory_equal(noted.head, store->hash, STORE_HASH_SIZE);
	assert_int_equal(noted.noted, 0);
	assert_true(store_journal(store, "", "more", "unit", NULL) > 0);
	assert_int_equal(store_journal_verify(store, noted.head, &chain), 0);
	assert_int_equal(chain.noted, ROWS);
	tamper(store, "DELETE FROM journal WHERE seq >= 9");
	assert_int_equal(store_journal_verify(store, noted.head, &chain), 0);
	assert_int_equal(chain.rows, ROWS - 1);
	assert_int_equal(chain.noted, 0);
	store_close(store);
}

/* While a daemon has it open, and afterwards. */
static void file_is_verified(void **state)
{
	struct store *store = filled();
	struct store_chain chain;

	(void)state;
	assert_int_equal(store_verify_file(file, NULL, &chain), 0);
	assert_int_equal(chain.rows, ROWS);
	assert_true(store_journal(store, "", "more", "unit", NULL) > 0);
	store_close(store);
	assert_int_equal(store_verify_file(file, NULL, &chain), 0);
	assert_int_equal(chain.rows, ROWS + 1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(store_verify_file(file, NULL, &chain), -1);
	assert_string_not_equal(chain.error, "");
	assert_int_equal(access(file, F_OK), -1);
}

/* Pages that are no pages: an error of SQLite is not the end of the journal. */
static void unreadable_is_not_sound(void **state)
{
	static const char junk[4096] = {1, 2, 3};
	struct store *store = filled();
	struct store_chain chain;
	char big[4096];
	json_t *data;
	int fd;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	data = json_pack("{s:s}", "big", big);
	for (int i = 0; i < ROWS; i++)
		assert_true(store_journal(store, "", "big", "unit", data) > 0);
	json_decref(data);
	store_close(store);
	fd = open(file, O_WRONLY);
	assert_true(lseek(fd, 0, SEEK_END) > 8 * (off_t)sizeof(junk));
	for (off_t at = 8 * (off_t)sizeof(junk); at < lseek(fd, 0, SEEK_END); at += sizeof(junk))
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	assert_int_equal(store_verify_file(file, NULL, &chain), -1);
	assert_string_not_equal(chain.error, "");
}

static void damaged_head_stops_nobody(void **state)
{
	struct store *store = filled();
	struct store_vm vm = {.state = VM_DANGER, .uuid = UUID};
	struct store_chain chain;

	(void)state;
	tamper(store, "UPDATE journal SET hash=x'00' WHERE seq=9");
	store_close(store);
	store = store_open(dir);
	assert_non_null(store);
	assert_non_null(store_trouble(store));
	assert_int_equal(store_save(store, &vm, "state", "unit", NULL), ROWS + 1);
	assert_non_null(store_trouble(store)); /* it is not healed by what comes after it */
	assert_int_equal(store_journal_verify(store, NULL, &chain), 1);
	assert_int_equal(chain.bad, ROWS);
	store_close(store);
}

/* A store whose head can't be read must not be taken for an empty one. */
static void unreadable_head_is_an_error(void **state)
{
	struct store *store = filled();

	(void)state;
	tamper(store, "ALTER TABLE journal RENAME COLUMN hash TO hash2");
	store_close(store);
	assert_null(store_open(dir));
}

static void failed_commit_leaves_the_chain(void **state)
{
	struct store *store = filled();
	struct store_chain chain;

	(void)state;
	tamper(store,
	       "CREATE TRIGGER no AFTER INSERT ON journal BEGIN SELECT RAISE(ABORT,'no'); END");
	assert_int_equal(store_journal(store, "", "step", "unit", NULL), -1);
	tamper(store, "DROP TRIGGER no");
	assert_int_equal(store_journal(store, "", "step", "unit", NULL), ROWS + 1);
	assert_int_equal(store_journal_verify(store, NULL, &chain), 0);
	assert_int_equal(chain.rows, ROWS + 1);
	store_close(store);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(changes_show),
		T(noted_head_shows_a_cut),
		T(file_is_verified),
		T(unreadable_is_not_sound),
		T(damaged_head_stops_nobody),
		T(unreadable_head_is_an_error),
		T(failed_commit_leaves_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
