/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/points.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 256

int points_init(struct points *p)
{
	*p = (struct points){
		.list = calloc(ROOM_MIN, sizeof(*p->list)), .count = 1, .room = ROOM_MIN};
	return p->list ? 0 : -1;
}

void points_free(struct points *p)
{
	free(p->list);
	p->list = NULL;
}

struct point *points_add(struct points *p)
{
	struct point *more;

	if (p->count == p->room) {
		more = realloc(p->list, 2 * p->room * sizeof(*more));
		if (!more)
			return NULL;
		p->list = more;
		p->room *= 2;
	}
	return &p->list[p->count++];
}

ssize_t points_find(const struct points *p, const struct point *what)
{
	for (size_t i = p->count; i-- > 0;)
		if (point_same(&p->list[i], what))
			return (ssize_t)i;
	return -1;
}

void points_drop(struct points *p, size_t i)
{
	struct point *less;

	memmove(p->list, p->list + i, (p->count - i) * sizeof(*p->list));
	p->count -= i;
	p->base += i;
	if (p->room <= ROOM_MIN || p->count > p->room / 4)
		return;
	less = realloc(p->list, p->room / 2 * sizeof(*less));
	if (less) {
		p->list = less;
		p->room /= 2;
	}
}

bool point_same(const struct point *a, const struct point *b)
{
	return !memcmp(a, b, sizeof(*a));
}
