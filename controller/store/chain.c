/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the journal what was written? */
#include <stdio.h>
#include <string.h>

#include "store/journal.h"
#include "store/store.h"

enum { SEQ, TIME, FIELDS, HASH = FIELDS + JOURNAL_FIELDS };

/* A text with a NUL in it would be hashed in part alone. */
static bool is_text(sqlite3_stmt *st, int column)
{
	const char *text;

	if (sqlite3_column_type(st, column) != SQLITE_TEXT)
		return false;
	text = (const char *)sqlite3_column_text(st, column);
	return text && strlen(text) == (size_t)sqlite3_column_bytes(st, column);
}

/* Does the row follow from the one before it? */
static bool row_follows(sqlite3_stmt *st, const unsigned char *prev, int64_t seq)
{
	const char *fields[JOURNAL_FIELDS];
	unsigned char hash[STORE_HASH_SIZE];

	for (int i = 0; i < JOURNAL_FIELDS; i++) {
		if (!is_text(st, FIELDS + i))
			return false;
		fields[i] = (const char *)sqlite3_column_text(st, FIELDS + i);
	}
	return sqlite3_column_int64(st, SEQ) == seq &&
	       sqlite3_column_type(st, TIME) == SQLITE_INTEGER &&
	       journal_hash(hash, prev, seq, sqlite3_column_int64(st, TIME), fields) &&
	       sqlite3_column_type(st, HASH) == SQLITE_BLOB &&
	       sqlite3_column_bytes(st, HASH) == STORE_HASH_SIZE &&
	       !memcmp(hash, sqlite3_column_blob(st, HASH), STORE_HASH_SIZE);
}

static int walk(sqlite3_stmt *st, const unsigned char *noted, struct store_chain *out)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!row_follows(st, out->head, out->rows + 1)) {
			out->bad = out->rows + 1;
			return 1;
		}
		out->rows++;
		memcpy(out->head, sqlite3_column_blob(st, HASH), STORE_HASH_SIZE);
		if (noted && !memcmp(noted, out->head, STORE_HASH_SIZE))
			out->noted = out->rows;
	}
	return rc == SQLITE_DONE ? 0 : -1;
}

static int check(sqlite3 *db, const unsigned char *noted, struct store_chain *out)
{
	sqlite3_stmt *st = NULL;
	int rc = -1;

	*out = (struct store_chain){0};
	if (sqlite3_prepare_v2(db,
			       "SELECT seq, time, vm, kind, who, data, hash FROM journal"
			       " ORDER BY seq",
			       -1, &st, NULL) == SQLITE_OK)
		rc = walk(st, noted, out);
	if (rc < 0)
		snprintf(out->error, sizeof(out->error), "%s", sqlite3_errmsg(db));
	sqlite3_finalize(st);
	return rc;
}

int store_journal_verify(struct store *store, const unsigned char *noted, struct store_chain *out)
{
	return check(store->db, noted, out);
}

int store_verify_file(const char *path, const unsigned char *noted, struct store_chain *out)
{
	sqlite3 *db = NULL;
	int rc = -1;

	*out = (struct store_chain){0};
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, STORE_BUSY_MS);
		rc = check(db, noted, out);
	} else {
		snprintf(out->error, sizeof(out->error), "%s", sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	return rc;
}
