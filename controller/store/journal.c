/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/timefmt.h"
#include "store/store.h"

int journal_head(struct store *store)
{
	sqlite3_stmt *st =
		db_prepare(store, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");

	if (!st)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_bytes(st, 1) == STORE_HASH_SIZE) {
		store->seq = sqlite3_column_int64(st, 0);
		memcpy(store->hash, sqlite3_column_blob(st, 1), STORE_HASH_SIZE);
	}
	sqlite3_finalize(st);
	return 0;
}

/* Fields are joined with their lengths, so that no two rows give the same bytes. */
static void hash_row(unsigned char *out, const unsigned char *prev, int64_t seq, int64_t time,
		     const char *const fields[4])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char head[64];

	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	EVP_DigestUpdate(ctx, prev, STORE_HASH_SIZE);
	snprintf(head, sizeof(head), "%" PRId64 " %" PRId64, seq, time);
	EVP_DigestUpdate(ctx, head, strlen(head) + 1);
	for (int i = 0; i < 4; i++)
		EVP_DigestUpdate(ctx, fields[i], strlen(fields[i]) + 1);
	EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
}

int journal_add(struct store *store, struct journal_row *row)
{
	char *data = row->data ? json_dumps(row->data, JSON_COMPACT) : strdup("{}");
	const char *fields[4] = {row->uuid, row->kind, row->who, data ? data : "{}"};
	int64_t now = time_now_ns();
	unsigned char hash[STORE_HASH_SIZE];
	sqlite3_stmt *st = db_prepare(store, "INSERT INTO journal VALUES(?,?,?,?,?,?,?)");
	int rc = -1;

	if (st) {
		row->seq = store->seq + 1;
		hash_row(hash, store->hash, row->seq, now, fields);
		sqlite3_bind_int64(st, 1, row->seq);
		sqlite3_bind_int64(st, 2, now);
		for (int i = 0; i < 4; i++)
			db_text(st, 3 + i, fields[i]);
		sqlite3_bind_blob(st, 7, hash, sizeof(hash), SQLITE_TRANSIENT);
		rc = db_run(store, st);
	}
	if (rc == 0) {
		store->seq = row->seq;
		memcpy(store->hash, hash, sizeof(hash));
	}
	free(data);
	return rc;
}

static json_t *row_to_json(sqlite3_stmt *st)
{
	const char *data = (const char *)sqlite3_column_text(st, 5);
	json_t *row = data ? json_loads(data, 0, NULL) : NULL;
	char when[TIMEFMT_SIZE];

	if (!json_is_object(row)) {
		json_decref(row);
		row = json_object();
	}
	json_object_set_new(row, "seq", json_integer(sqlite3_column_int64(st, 0)));
	json_object_set_new(row, "time",
			    json_string(time_format(when, sqlite3_column_int64(st, 1))));
	json_object_set_new(row, "vm", json_string((const char *)sqlite3_column_text(st, 2)));
	json_object_set_new(row, "event", json_string((const char *)sqlite3_column_text(st, 3)));
	json_object_set_new(row, "who", json_string((const char *)sqlite3_column_text(st, 4)));
	return row;
}

json_t *store_journal_list(struct store *store, const char *uuid, const char *kind, int64_t after,
			   int limit)
{
	json_t *rows = json_array();
	sqlite3_stmt *st = db_prepare(
		store, "SELECT * FROM (SELECT * FROM journal WHERE (?1 IS NULL OR vm=?1)"
		       " AND (?2 IS NULL OR kind=?2) AND seq>?3 ORDER BY seq DESC LIMIT ?4)"
		       " ORDER BY seq");

	if (!st)
		return rows;
	db_text(st, 1, uuid);
	db_text(st, 2, kind);
	sqlite3_bind_int64(st, 3, after);
	sqlite3_bind_int(
		st, 4, limit > 0 && limit < STORE_JOURNAL_MAX_OUT ? limit : STORE_JOURNAL_MAX_OUT);
	while (sqlite3_step(st) == SQLITE_ROW)
		json_array_append_new(rows, row_to_json(st));
	sqlite3_finalize(st);
	return rows;
}

int64_t store_journal_verify(struct store *store)
{
	unsigned char prev[STORE_HASH_SIZE] = {0}, hash[STORE_HASH_SIZE];
	sqlite3_stmt *st = db_prepare(store, "SELECT * FROM journal ORDER BY seq");
	int64_t rows = 0;

	if (!st)
		return -1;
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *fields[4];

		for (int i = 0; i < 4; i++) {
			fields[i] = (const char *)sqlite3_column_text(st, 2 + i);
			fields[i] = fields[i] ? fields[i] : "";
		}
		hash_row(hash, prev, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
			 fields);
		if (sqlite3_column_int64(st, 0) != ++rows ||
		    sqlite3_column_bytes(st, 6) != STORE_HASH_SIZE ||
		    memcmp(hash, sqlite3_column_blob(st, 6), STORE_HASH_SIZE)) {
			rows = -rows;
			break;
		}
		memcpy(prev, hash, sizeof(prev));
	}
	sqlite3_finalize(st);
	return rows;
}
