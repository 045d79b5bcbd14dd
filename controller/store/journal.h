/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash-chained journal; private to controller/store/. */
#ifndef LAZARET_JOURNAL_H
#define LAZARET_JOURNAL_H

#include <jansson.h>

#include "store/db.h"

struct journal_row {
	const char *uuid;
	const char *kind;
	const char *who;
	json_t *data; /* borrowed, may be NULL */
	int64_t seq; /* given by journal_add() */
};

#define JOURNAL_FIELDS 4 /* texts of a row: VM, kind, who, data */

/**
 * journal_head() - read number and hash of the last row
 *
 * A last row that is damaged is told of for good, and the chain begins anew behind it: a journal
 * that somebody has spoilt must not keep anybody from being put in quarantine.
 * Return: 0 or -1.
 */
int journal_head(struct store *store);

/* Adds a row inside an open transaction. Return: 0 or -1. */
int journal_add(struct store *store, struct journal_row *row);

/**
 * journal_hash() - SHA-256 of a row and of the hash before it
 * @fields:	texts without a NUL
 *
 * Each part but the first, which has a fixed length, ends with a NUL: no two rows give the same
 * bytes.
 * Return: false without memory.
 */
bool journal_hash(unsigned char *out, const unsigned char *prev, int64_t seq, int64_t time,
		  const char *const fields[JOURNAL_FIELDS]);

/* The query of store_journal_list(), one for each case: «?1 IS NULL OR …» would use no index. */
const char *journal_list_sql(bool has_vm, bool has_kind);

#endif
