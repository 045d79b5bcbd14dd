/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite with our habits; private to controller/store/. */
#ifndef LAZARET_DB_H
#define LAZARET_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#define STORE_BUSY_MS	5000
#define STORE_HASH_SIZE 32

struct store {
	sqlite3 *db;
	char reserve[4096];
	bool reserve_used;
	char trouble[256];
	int last_error; /* SQLite's, of the last commit that failed */
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
 * db_commit() - run @fn in a transaction; once more without the reserve if the disk is full
 *
 * Return: 0, or -1 after a message; then nothing was written.
 */
int db_commit(struct store *store, int (*fn)(struct store *store, void *arg), void *arg);

/* Notes what is wrong with the store, for the operator. */
void db_trouble(struct store *store, const char *text);

#endif
