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

/* Reads number and hash of the last row. Return: 0 or -1. */
int journal_head(struct store *store);

/* Adds a row inside an open transaction. Return: 0 or -1. */
int journal_add(struct store *store, struct journal_row *row);

#endif
