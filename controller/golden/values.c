/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "golden/format.h"

static int make_room(struct values *v, size_t more)
{
	size_t room = v->room ? v->room : 1024;
	struct golden *value;

	if (more > VALUES_MAX || v->n > VALUES_MAX - more) {
		errno = EOVERFLOW;
		return -1;
	}
	while (room < v->n + more)
		room *= 2;
	if (room == v->room)
		return 0;
	value = reallocarray(v->value, room, sizeof(*value));
	if (!value)
		return -1;
	v->value = value;
	v->room = room;
	return 0;
}

static int check_path(const char *path, size_t len)
{
	errno = len > PACK_PATH_MAX ? ENAMETOOLONG : EINVAL;
	return len > PACK_PATH_MAX || !len || path[0] != '/' || memchr(path, '\0', len) ? -1 : 0;
}

int values_add(struct values *v, const char *path, size_t path_len, const struct alg *alg,
	       const uint8_t *digest)
{
	uint8_t *copy; /* digest, path, NUL in one piece */

	if (check_path(path, path_len) || make_room(v, 1))
		return -1;
	copy = malloc(alg->size + path_len + 1);
	if (!copy)
		return -1;
	memcpy(copy, digest, alg->size);
	memcpy(copy + alg->size, path, path_len);
	copy[alg->size + path_len] = '\0';
	v->value[v->n].digest = copy;
	v->value[v->n].alg = alg;
	v->value[v->n++].path = (char *)copy + alg->size;
	return 0;
}

int values_move(struct values *v, struct values *from)
{
	if (!from->n)
		return 0;
	if (make_room(v, from->n))
		return -1;
	memcpy(v->value + v->n, from->value, from->n * sizeof(*from->value));
	v->n += from->n;
	from->n = 0;
	return 0;
}

void values_free(struct values *v)
{
	for (size_t i = 0; i < v->n; i++)
		free((void *)(uintptr_t)v->value[i].digest);
	free(v->value);
	*v = (struct values){0};
}
