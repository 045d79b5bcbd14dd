/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a database says of one VM, for those who run without the daemon. */
#include <string.h>

#include "common/timefmt.h"
#include "store/journal.h"
#include "store/store.h"

/*
 * One that an operator has let out may start, even if another one of its name is in danger; until the time
 * that the operator said.
 */
static int look(sqlite3_stmt *st, const char *uuid)
{
	bool contained = false, held = false;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		int state = sqlite3_column_int(st, 1);
		const char *its = (const char *)sqlite3_column_text(st, 0);

		if (state < 0 || state >= VM_STATES || vm_state_contained((enum vm_state)state))
			contained = true;
		else if (state == VM_HELD && sqlite3_column_int64(st, 2) <= time_now_ns())
			contained = true;
		else if (state == VM_HELD && its && !strcmp(its, uuid))
			held = true;
	}
	if (rc != SQLITE_DONE)
		return -1;
	return contained && !held;
}

int store_contained_file(const char *path, const char *uuid, const char *name)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int rc = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, STORE_BUSY_MS);
		if (sqlite3_prepare_v2(db,
				       "SELECT uuid, state, accepted_until FROM vm WHERE uuid = ?1"
				       " OR (name = ?2 AND ?2 <> '')",
				       -1, &st, NULL) == SQLITE_OK &&
		    sqlite3_bind_text(st, 1, uuid, -1, SQLITE_STATIC) == SQLITE_OK &&
		    sqlite3_bind_text(st, 2, name, -1, SQLITE_STATIC) == SQLITE_OK)
			rc = look(st, uuid);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
	return rc;
}
