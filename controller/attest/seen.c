/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/seen.h"

#include <stdlib.h>

#include "attest/bytes.h"

/* At most half of them are taken. */
#define SLOTS (2 * SEEN_MAX)

/* Digests are spread evenly: 8 bytes of one are as good as a hash of it. 0 is a free slot. */
static uint64_t key_of(const struct ima_entry *e)
{
	uint64_t key = get_le64(e->digest) ^ (uint64_t)(e->alg->id * 2U + e->verity) << 56;

	return key ? key : 1;
}

/* The slot that has the key, or the free one where it would be. */
static uint32_t find(const struct seen *s, uint64_t key)
{
	uint32_t i = (uint32_t)key % SLOTS;

	while (s->slot[i] && s->slot[i] != key)
		i = (i + 1) % SLOTS;
	return i;
}

void seen_add(struct seen *s, const struct ima_entry *e)
{
	uint32_t i;

	if (!s->slot)
		s->slot = calloc(SLOTS, sizeof(*s->slot));
	if (!s->slot || !e->alg || s->n == SEEN_MAX)
		return;
	i = find(s, key_of(e));
	if (s->slot[i])
		return;
	s->slot[i] = key_of(e);
	s->n++;
}

bool seen_has(const struct seen *s, const struct ima_entry *e)
{
	return s->slot && e->alg && s->slot[find(s, key_of(e))];
}

void seen_clear(struct seen *s)
{
	free(s->slot);
	*s = (struct seen){0};
}
