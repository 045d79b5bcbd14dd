/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "store/reserve.h"

void db_trouble(struct store *store, const char *text)
{
	snprintf(store->trouble, sizeof(store->trouble), "%s", text);
	log_warnx("journal: %s", text);
}

void db_failed(struct store *store)
{
	store->last_error = sqlite3_errcode(store->db) & 0xff;
	db_trouble(store, sqlite3_errmsg(store->db));
}

int db_exec(struct store *store, const char *sql)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	db_failed(store);
	return -1;
}

sqlite3_stmt *db_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(store->db, sql, -1, &st, NULL) == SQLITE_OK)
		return st;
	db_failed(store);
	return NULL;
}

int db_run(struct store *store, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_finalize(st);
	if (rc == SQLITE_DONE)
		return 0;
	db_failed(store);
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
	int64_t seq = store->seq;
	unsigned char hash[STORE_HASH_SIZE];

	memcpy(hash, store->hash, sizeof(hash));
	store->last_error = SQLITE_OK;
	if (db_exec(store, "BEGIN IMMEDIATE") < 0)
		return -1;
	if (fn(store, arg) == 0 && db_exec(store, "COMMIT") == 0)
		return 0;
	sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->seq = seq;
	memcpy(store->hash, hash, sizeof(hash));
	return -1;
}

/* No room: SQLITE_FULL from a write, SQLITE_IOERR from a file system that fails later. */
bool db_full(const struct store *store)
{
	int rc = store->last_error;

	return rc == SQLITE_FULL || rc == SQLITE_IOERR || rc == SQLITE_CANTOPEN;
}

int db_commit(struct store *store, bool vital, int (*fn)(struct store *store, void *arg), void *arg)
{
	int rc = try_commit(store, fn, arg);

	while (rc < 0 && vital && db_full(store) && reserve_give(store))
		rc = try_commit(store, fn, arg);
	if (rc < 0)
		return -1;
	store->trouble[0] = '\0';
	reserve_refill(store);
	return 0;
}
