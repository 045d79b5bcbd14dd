/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/table.h"

#include <stdbool.h>
#include <string.h>

#include "attest/bytes.h"

/* A slot: hash and place of a record. A record's head: lengths of key and value. */
#define SLOT 8U
#define HEAD 8U

/* Bytes that one prefetch brings, and how many of them a record of a usual path takes. */
#define CACHE_LINE   64U
#define RECORD_LINES 3U

/* The slots in which a hash may be. */
struct slots {
	const uint8_t *first;
	uint32_t number;
	uint32_t start; /* of the search */
};

int table_init(struct table *t, const uint8_t *data, uint64_t size)
{
	if (size < TABLE_CONTENTS || size > UINT32_MAX)
		return -1;
	t->data = data;
	t->size = (uint32_t)size;
	t->end = get_le32(data);
	if (t->end < TABLE_CONTENTS)
		t->end = TABLE_CONTENTS;
	if (t->end > t->size)
		t->end = t->size;
	return 0;
}

/* Return: 1, 0 if there are none, -1 if they are not within the table. */
static int find_slots(const struct table *t, uint32_t hash, struct slots *out)
{
	const uint8_t *entry = t->data + (size_t)(hash % 256) * SLOT;
	uint32_t at = get_le32(entry);

	out->number = get_le32(entry + 4);
	if (!out->number)
		return 0;
	if (at < t->end || at > t->size || out->number > (t->size - at) / SLOT)
		return -1;
	out->first = t->data + at;
	out->start = (hash >> 8) % out->number;
	return 1;
}

void table_ask(const struct table *t, uint32_t hash)
{
	struct slots s;

	if (find_slots(t, hash, &s) > 0)
		__builtin_prefetch(s.first + (size_t)s.start * SLOT);
}

void table_ask_record(const struct table *t, uint32_t hash)
{
	struct slots s;

	if (find_slots(t, hash, &s) <= 0)
		return;
	/* Others are in the way rarely, and for a few slots: then less was won. */
	for (uint32_t i = s.start; i < s.number; i++) {
		const uint8_t *slot = s.first + (size_t)i * SLOT;
		uint32_t at = get_le32(slot + 4);

		if (!at || at >= t->end)
			return;
		if (get_le32(slot) != hash)
			continue;
		for (uint32_t k = 0; k < RECORD_LINES; k++)
			__builtin_prefetch(t->data + at + (size_t)k * CACHE_LINE);
		return;
	}
}

static bool is_key(const uint8_t *at, const struct table_key *key)
{
	return !memcmp(at, key->head, key->head_len) &&
	       !memcmp(at + key->head_len, key->rest, key->rest_len);
}

/* The record at a place. Return: 1 if it has the key, 0 if another, -1 if it is not within. */
static int read_record(const struct table *t, uint32_t at, const struct table_key *key,
		       const uint8_t **value, uint32_t *len)
{
	uint32_t key_len = key->head_len + key->rest_len, left;

	if (at > t->end - HEAD)
		return -1;
	left = t->end - at - HEAD;
	if (get_le32(t->data + at) != key_len)
		return 0;
	if (key_len > left)
		return -1;
	if (!is_key(t->data + at + HEAD, key))
		return 0;
	*len = get_le32(t->data + at + 4);
	*value = t->data + at + HEAD + key_len;
	return *len > left - key_len ? -1 : 1;
}

int table_find(const struct table *t, const struct table_key *key, const uint8_t **value,
	       uint32_t *len)
{
	struct slots s;
	int found = find_slots(t, key->hash, &s);

	for (uint32_t n = 0, i = s.start; found > 0 && n < s.number; n++) {
		const uint8_t *slot = s.first + (size_t)i * SLOT;
		uint32_t at = get_le32(slot + 4);

		if (!at)
			return 0;
		if (get_le32(slot) == key->hash) {
			int is = read_record(t, at, key, value, len);

			if (is)
				return is;
		}
		if (++i == s.number)
			i = 0;
	}
	return found < 0 ? -1 : 0;
}
