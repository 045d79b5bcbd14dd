/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite with our habits; private to controller/store/. */
#ifndef LAZARET_DB_H
#define LAZARET_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "store/store.h"

#define STORE_BUSY_MS 5000

struct store {
	sqlite3 *db;
	char reserve[4096];
	int64_t reserve_bytes; /* what is left of it */
	char trouble[256]; /* of the last write; "" if it went well */
	const char *damage; /* found in the journal: no later write heals it; or NULL */
	int last_error; /* SQLite's, of the last call that failed */
	int64_t seq; /* of the journal's last row */
	unsigned char hash[STORE_HASH_SIZE]; /* of that row */
};

int db_exec(struct store *store, const char *sql);

/* Return: a statement for db_run() or sqlite3_finalize(), NULL after a message. */
sqlite3_stmt *db_prepare(struct store *store, const char *sql);

/* Runs a statement that gives no rows and finalizes it. Return: 0 or -1. */
int db_run(struct store *store, sqlite3_stmt *st);

void db_text(sqlite3_stmt *st, int at, const char *text);
void db_copy_text(char *out, size_t size, sqlite3_stmt *st, int column);

/**
 * db_commit() - run @fn in a transaction
 * @vital:	if the disk is full, the reserve is given up for it step by step
 *
 * Return: 0, or -1 after a message; then nothing was written.
 */
int db_commit(struct store *store, bool vital, int (*fn)(struct store *store, void *arg),
	      void *arg);

/* Did the last call that failed fail for want of room? */
bool db_full(const struct store *store);

/* Notes what SQLite says of its last call, which failed. */
void db_failed(struct store *store);

/* Notes what is wrong with the store, for the operator. */
void db_trouble(struct store *store, const char *text);

#endif
