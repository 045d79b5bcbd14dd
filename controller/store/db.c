/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

void db_trouble(struct store *store, const char *text)
{
	snprintf(store->trouble, sizeof(store->trouble), "%s", text);
	log_warnx("journal: %s", text);
}

int db_exec(struct store *store, const char *sql)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	db_trouble(store, sqlite3_errmsg(store->db));
	return -1;
}

sqlite3_stmt *db_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(store->db, sql, -1, &st, NULL) == SQLITE_OK)
		return st;
	db_trouble(store, sqlite3_errmsg(store->db));
	return NULL;
}

int db_run(struct store *store, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_finalize(st);
	if (rc == SQLITE_DONE)
		return 0;
	db_trouble(store, sqlite3_errmsg(store->db));
	return -1;
}

void db_text(sqlite3_stmt *st, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(st, at);
}

void db_copy_text(char *out, size_t size, sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	snprintf(out, size, "%s", text ? text : "");
}

static int try_commit(struct store *store, int (*fn)(struct store *, void *), void *arg)
{
	if (db_exec(store, "BEGIN IMMEDIATE") < 0)
		return -1;
	if (fn(store, arg) == 0 && db_exec(store, "COMMIT") == 0)
		return 0;
	store->last_error = sqlite3_errcode(store->db) & 0xff;
	sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* No room: SQLITE_FULL from a write, SQLITE_IOERR from a file system that fails later. */
static bool may_be_full(const struct store *store)
{
	int rc = store->last_error;

	return rc == SQLITE_FULL || rc == SQLITE_IOERR || rc == SQLITE_CANTOPEN;
}

int db_commit(struct store *store, int (*fn)(struct store *store, void *arg), void *arg)
{
	int64_t seq = store->seq;
	unsigned char hash[STORE_HASH_SIZE];

	memcpy(hash, store->hash, sizeof(hash));
	if (try_commit(store, fn, arg) == 0) {
		if (!store->reserve_used)
			store->trouble[0] = '\0';
		return 0;
	}
	store->seq = seq;
	memcpy(store->hash, hash, sizeof(hash));
	if (!may_be_full(store) || store->reserve_used || unlink(store->reserve) < 0)
		return -1;
	store->reserve_used = true;
	db_trouble(store, "disk full: the reserve was given up; free space and restart lazaretd");
	if (try_commit(store, fn, arg) == 0)
		return 0;
	store->seq = seq;
	memcpy(store->hash, hash, sizeof(hash));
	return -1;
}
