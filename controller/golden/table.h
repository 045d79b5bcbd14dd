/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constant database (cdb) in memory, read without a call per step: the hash of a key is computed
 * once for any number of databases, and what a look-up will read can be asked of memory before
 * it is needed.  policy/golden/FORMAT.md refers to its format; tinycdb writes it.
 */
#ifndef LAZARET_TABLE_H
#define LAZARET_TABLE_H

#include <stdint.h>

/* Hash of no bytes. */
#define TABLE_HASH_START 5381U

/* Bytes of the table of contents: 256 pairs of place and number of slots. */
#define TABLE_CONTENTS 2048U

/**
 * struct table - one database
 * @data:	@size bytes, none of them trusted; lives longer than this
 * @end:	where the records end, at most @size
 */
struct table {
	const uint8_t *data;
	uint32_t size;
	uint32_t end;
};

/**
 * struct table_key - a key in two parts, so that neither is copied
 * @hash:	table_hash() over both
 * @head:	@head_len bytes
 * @rest:	@rest_len bytes after them
 */
struct table_key {
	uint32_t hash;
	const void *head;
	uint32_t head_len;
	const void *rest;
	uint32_t rest_len;
};

/** table_init() - Return: 0; -1 if @size bytes can't hold a database */
int table_init(struct table *t, const uint8_t *data, uint64_t size);

/** table_hash() - go on with a hash: TABLE_HASH_START, or what this returned for the bytes before */
static inline uint32_t table_hash(uint32_t hash, const void *data, uint32_t len)
{
	const uint8_t *p = data;

	for (uint32_t i = 0; i < len; i++)
		hash = (hash * 33) ^ p[i];
	return hash;
}

/** table_ask() - of memory: where the place of a record is noted */
void table_ask(const struct table *t, uint32_t hash);

/** table_ask_record() - of memory: the record; reads what table_ask() asked for */
void table_ask_record(const struct table *t, uint32_t hash);

/**
 * table_find() - look up the first record of a key
 * @value:	into the table, @len bytes; written if 1 is returned
 *
 * Believes no number in the table that leads out of it.
 *
 * Return: 1; 0 if there is none; -1 if the table is inconsistent.
 */
int table_find(const struct table *t, const struct table_key *key, const uint8_t **value,
	       uint32_t *len);

#endif
