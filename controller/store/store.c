/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "store/db.h"
#include "store/journal.h"
#include "store/reserve.h"

#define NO_RESERVE "the journal's reserve is not whole: free space on the disk of its folder"

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS vm(uuid TEXT PRIMARY KEY, name TEXT, state INTEGER, reason "
	"TEXT,"
	" since INTEGER, contained INTEGER, paused_by_us INTEGER, paused_before INTEGER,"
	" kept INTEGER, plan TEXT, accepted_boot TEXT, accepted_records INTEGER,"
	" accepted_until INTEGER, domid INTEGER, tpm TEXT, level INTEGER DEFAULT 0);"
	"CREATE TABLE IF NOT EXISTS journal(seq INTEGER PRIMARY KEY, time INTEGER, vm TEXT,"
	" kind TEXT, who TEXT, data TEXT, hash BLOB);";

/* For journal_list_sql(); older databases get them at the next start. */
static const char indexes[] =
	"CREATE INDEX IF NOT EXISTS journal_vm ON journal(vm, seq);"
	"CREATE INDEX IF NOT EXISTS journal_vm_kind ON journal(vm, kind, seq);";

/* Columns of table «vm» that came later, in this order. */
static const struct {
	const char *name;
	const char *add;
} columns[] = {
	{"tpm", "ALTER TABLE vm ADD COLUMN tpm TEXT"},
	{"level", "ALTER TABLE vm ADD COLUMN level INTEGER DEFAULT 0"},
};

static bool has_column(struct store *store, const char *name)
{
	sqlite3_stmt *st =
		db_prepare(store, "SELECT 1 FROM pragma_table_info('vm') WHERE name = ?");
	bool there;

	if (st)
		db_text(st, 1, name);
	there = st && sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return there;
}

/* A database of an earlier version. */
static int upgrade(struct store *store)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (!has_column(store, columns[i].name) && db_exec(store, columns[i].add) < 0)
			return -1;
	return 0;
}

static int prepare_dir(const char *dir)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		log_warn("can't make %s", dir);
		return -1;
	}
	return 0;
}

static int prepare(struct store *store)
{
	if (db_exec(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL") < 0 ||
	    db_exec(store, schema) < 0 || upgrade(store) < 0 || journal_head(store) < 0)
		return -1;
	if (db_exec(store, indexes) < 0) /* no room: without them it is slow, but as good */
		log_warnx("journal: an index is missing");
	return 0;
}

struct store *store_open(const char *dir)
{
	struct store *store = calloc(1, sizeof(*store));
	char path[4096];
	int rc;

	if (!store || prepare_dir(dir) < 0)
		goto fail;
	snprintf(path, sizeof(path), "%s/" STORE_FILE, dir);
	snprintf(store->reserve, sizeof(store->reserve), "%s/reserve", dir);
	if (sqlite3_open(path, &store->db) != SQLITE_OK) {
		log_warnx("%s: %s", path, sqlite3_errmsg(store->db));
		goto fail;
	}
	sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
	if (!reserve_make(store))
		log_warnx(NO_RESERVE);
	/* Who is in quarantine must be known on a full disk, too. */
	while ((rc = prepare(store)) < 0 && db_full(store) && reserve_give(store))
		;
	if (rc == 0)
		return store;
fail:
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	free(store);
}

static int save_row(struct store *store, const struct store_vm *vm)
{
	char *plan = vm->plan ? json_dumps(vm->plan, JSON_COMPACT) : NULL;
	char *tpm = vm->tpm ? json_dumps(vm->tpm, JSON_COMPACT) : NULL;
	sqlite3_stmt *st = db_prepare(store, "INSERT OR REPLACE INTO vm VALUES"
					     "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	int rc = -1;

	if (st) {
		db_text(st, 1, vm->uuid);
		db_text(st, 2, vm->name);
		sqlite3_bind_int(st, 3, vm->state);
		db_text(st, 4, vm->reason);
		sqlite3_bind_int64(st, 5, vm->since_ns);
		sqlite3_bind_int(st, 6, vm->contained);
		sqlite3_bind_int(st, 7, vm->paused_by_us);
		sqlite3_bind_int(st, 8, vm->paused_before);
		sqlite3_bind_int(st, 9, vm->kept);
		db_text(st, 10, plan);
		db_text(st, 11, vm->accepted_boot);
		sqlite3_bind_int64(st, 12, vm->accepted_records);
		sqlite3_bind_int64(st, 13, vm->accepted_until_ns);
		sqlite3_bind_int64(st, 14, vm->domid);
		db_text(st, 15, tpm);
		sqlite3_bind_int(st, 16, vm->level);
		rc = db_run(store, st);
	}
	free(tpm);
	free(plan);
	return rc;
}

struct save {
	const struct store_vm *vm;
	struct journal_row row;
};

static int save_both(struct store *store, void *arg)
{
	struct save *save = arg;

	if (save->vm && save_row(store, save->vm) < 0)
		return -1;
	return journal_add(store, &save->row);
}

int64_t store_save(struct store *store, const struct store_vm *vm, const char *kind,
		   const char *who, json_t *data)
{
	struct save save = {.vm = vm,
			    .row = {.uuid = vm->uuid, .kind = kind, .who = who, .data = data}};

	return db_commit(store, vm_state_contained(vm->state), save_both, &save) < 0 ? -1
										     : save.row.seq;
}

int64_t store_journal(struct store *store, const char *uuid, const char *kind, const char *who,
		      json_t *data)
{
	struct save save = {.row = {.uuid = uuid, .kind = kind, .who = who, .data = data}};

	return db_commit(store, false, save_both, &save) < 0 ? -1 : save.row.seq;
}

static void load_row(sqlite3_stmt *st, struct store_vm *vm)
{
	const char *plan = (const char *)sqlite3_column_text(st, 9);
	const char *tpm = (const char *)sqlite3_column_text(st, 14);
	int state = sqlite3_column_int(st, 2), level;

	db_copy_text(vm->uuid, sizeof(vm->uuid), st, 0);
	db_copy_text(vm->name, sizeof(vm->name), st, 1);
	/* A state that this version does not know must not free a VM. */
	vm->state = state >= 0 && state < VM_STATES ? (enum vm_state)state : VM_DANGER;
	db_copy_text(vm->reason, sizeof(vm->reason), st, 3);
	vm->since_ns = sqlite3_column_int64(st, 4);
	vm->contained = sqlite3_column_int(st, 5);
	vm->paused_by_us = sqlite3_column_int(st, 6);
	vm->paused_before = sqlite3_column_int(st, 7);
	vm->kept = sqlite3_column_int(st, 8);
	vm->plan = plan ? json_loads(plan, 0, NULL) : NULL;
	db_copy_text(vm->accepted_boot, sizeof(vm->accepted_boot), st, 10);
	vm->accepted_records = sqlite3_column_int64(st, 11);
	vm->accepted_until_ns = sqlite3_column_int64(st, 12);
	vm->domid = sqlite3_column_int64(st, 13);
	vm->tpm = tpm ? json_loads(tpm, 0, NULL) : NULL;
	level = sqlite3_column_int(st, 15);
	vm->level = level > 0 && level < LEVELS ? (enum vm_level)level : LEVEL_UNSET;
}

/* The rows of a table that is not read any more when this returns: whoever gets them may write. */
struct rows {
	struct store_vm *vm;
	size_t n;
};

static int load_rows(struct store *store, sqlite3_stmt *st, struct rows *rows)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_vm *more = reallocarray(rows->vm, rows->n + 1, sizeof(*more));

		if (!more) {
			db_trouble(store, "no memory for what is known of the VMs");
			return -1;
		}
		rows->vm = more;
		rows->vm[rows->n] = (struct store_vm){0};
		load_row(st, &rows->vm[rows->n++]);
	}
	if (rc != SQLITE_DONE)
		db_failed(store);
	return rc == SQLITE_DONE ? 0 : -1;
}

int store_each_vm(struct store *store, void (*fn)(void *arg, struct store_vm *vm), void *arg)
{
	sqlite3_stmt *st = db_prepare(store, "SELECT * FROM vm ORDER BY uuid");
	struct rows rows = {0};
	int rc;

	if (!st)
		return -1;
	rc = load_rows(store, st, &rows);
	sqlite3_finalize(st);
	for (size_t i = 0; i < rows.n; i++) {
		if (rc == 0) {
			fn(arg, &rows.vm[i]);
			continue;
		}
		json_decref(rows.vm[i].plan);
		json_decref(rows.vm[i].tpm);
	}
	free(rows.vm);
	return rc;
}

const char *store_trouble(const struct store *store)
{
	if (store->trouble[0])
		return store->trouble;
	if (store->damage)
		return store->damage;
	return reserve_whole(store) ? NULL : NO_RESERVE;
}

bool store_reserve_used(const struct store *store)
{
	return !reserve_whole(store);
}
