/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/log.h"
#include "common/timefmt.h"
#include "store/store.h"

int journal_head(struct store *store)
{
	sqlite3_stmt *st =
		db_prepare(store, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc == SQLITE_ROW)
		store->seq = sqlite3_column_int64(st, 0);
	if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 1) == STORE_HASH_SIZE)
		memcpy(store->hash, sqlite3_column_blob(st, 1), STORE_HASH_SIZE);
	else if (rc == SQLITE_ROW)
		store->damage = "its last row is damaged: see «lazaretctl journal verify»";
	else if (rc != SQLITE_DONE)
		db_failed(store);
	if (store->damage)
		log_warnx("journal: %s", store->damage);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

bool journal_hash(unsigned char *out, const unsigned char *prev, int64_t seq, int64_t time,
		  const char *const fields[JOURNAL_FIELDS])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char head[64];
	bool good;

	snprintf(head, sizeof(head), "%" PRId64 " %" PRId64, seq, time);
	good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(ctx, prev, STORE_HASH_SIZE) &&
	       EVP_DigestUpdate(ctx, head, strlen(head) + 1);
	for (int i = 0; i < JOURNAL_FIELDS && good; i++)
		good = EVP_DigestUpdate(ctx, fields[i], strlen(fields[i]) + 1);
	good = good && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return good;
}

static int insert(struct store *store, int64_t seq, int64_t time,
		  const char *const fields[JOURNAL_FIELDS], const unsigned char *hash)
{
	sqlite3_stmt *st = db_prepare(store, "INSERT INTO journal VALUES(?,?,?,?,?,?,?)");

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_int64(st, 2, time);
	for (int i = 0; i < JOURNAL_FIELDS; i++)
		db_text(st, 3 + i, fields[i]);
	sqlite3_bind_blob(st, 3 + JOURNAL_FIELDS, hash, STORE_HASH_SIZE, SQLITE_TRANSIENT);
	return db_run(store, st);
}

int journal_add(struct store *store, struct journal_row *row)
{
	char *data = row->data ? json_dumps(row->data, JSON_COMPACT) : strdup("{}");
	const char *fields[JOURNAL_FIELDS] = {row->uuid, row->kind, row->who, data ? data : "{}"};
	int64_t now = time_now_ns();
	unsigned char hash[STORE_HASH_SIZE];
	int rc = -1;

	row->seq = store->seq + 1;
	if (!journal_hash(hash, store->hash, row->seq, now, fields))
		db_trouble(store, "no memory for a row's hash");
	else
		rc = insert(store, row->seq, now, fields, hash);
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

#define LIST(where)                                                                   \
	"SELECT seq, time, vm, kind, who, data FROM journal WHERE " where " seq > ?3" \
	" ORDER BY seq DESC LIMIT ?4"

const char *journal_list_sql(bool has_vm, bool has_kind)
{
	if (has_vm)
		return has_kind ? LIST("vm = ?1 AND kind = ?2 AND") : LIST("vm = ?1 AND");
	return has_kind ? LIST("kind = ?2 AND") : LIST("");
}

json_t *store_journal_list(struct store *store, const char *uuid, const char *kind, int64_t after,
			   int limit)
{
	json_t *rows = json_array();
	sqlite3_stmt *st = db_prepare(store, journal_list_sql(uuid, kind));
	int rc;

	if (!st)
		return rows;
	if (uuid)
		db_text(st, 1, uuid);
	if (kind)
		db_text(st, 2, kind);
	sqlite3_bind_int64(st, 3, after);
	sqlite3_bind_int(
		st, 4, limit > 0 && limit < STORE_JOURNAL_MAX_OUT ? limit : STORE_JOURNAL_MAX_OUT);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		json_array_insert_new(rows, 0, row_to_json(st));
	if (rc != SQLITE_DONE) {
		db_failed(store);
		json_array_clear(rows);
	}
	sqlite3_finalize(st);
	return rows;
}
