/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/values.h"

#include <errno.h>
#include <search.h>
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
	v->value[v->n].origin = v->origin;
	v->value[v->n++].path = (char *)copy + alg->size;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct values_origin *)a)->text,
		      ((const struct values_origin *)b)->text);
}

static void keep(void *node)
{
	(void)node; /* the list owns it */
}

/* Return: NULL after setting errno. */
static struct values_origin *new_origin(const char *text)
{
	size_t len = strlen(text);
	struct values_origin *o = len < PACK_ORIGIN_MAX ? malloc(sizeof(*o) + len + 1) : NULL;

	if (o)
		memcpy(o->text, text, len + 1);
	else if (len >= PACK_ORIGIN_MAX)
		errno = ENAMETOOLONG;
	return o;
}

int values_origin(struct values *v, const char *text)
{
	struct values_origin *new, **found;

	if (!*text)
		v->origin = NULL;
	if (!*text || (v->origin && !strcmp(v->origin, text)))
		return 0;
	new = new_origin(text);
	found = new ? tsearch(new, &v->by_text, by_text) : NULL;
	if (!found) {
		free(new);
		return -1;
	}
	v->origin = (*found)->text;
	if (*found != new) {
		free(new);
		return 0;
	}
	new->before = v->last;
	v->last = new;
	return 0;
}

/* A pack whose values are being taken. */
struct taking {
	struct values *out;
	const struct pack *pack;
	uint32_t origin;
};

static int take(void *arg, const struct pack_entry *e)
{
	struct taking *t = arg;
	char origin[PACK_ORIGIN_MAX];

	if (t->origin != e->origin) {
		pack_origin(t->pack, e->origin, origin);
		if (values_origin(t->out, origin))
			return 1;
		t->origin = e->origin;
	}
	return values_add(t->out, e->path, e->path_len, e->alg, e->digest) ? 1 : 0;
}

int values_take(struct values *v, const struct pack *pack)
{
	struct taking t = {v, pack, 0};
	int status;

	v->origin = NULL;
	status = pack_each(pack, take, &t);
	v->origin = NULL;
	if (status < 0)
		errno = EPROTO;
	return status ? -1 : 0;
}

/* They are only searched for in the list that they were added to. */
static void move_origins(struct values *v, struct values *from)
{
	struct values_origin **end = &from->last;

	tdestroy(from->by_text, keep);
	while (*end)
		end = &(*end)->before;
	*end = v->last;
	v->last = from->last;
	from->last = NULL;
	from->by_text = NULL;
	from->origin = NULL;
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
	move_origins(v, from);
	return 0;
}

void values_drop(struct values *v, size_t n)
{
	while (v->n > n)
		free((void *)(uintptr_t)v->value[--v->n].digest);
}

void values_free(struct values *v)
{
	values_drop(v, 0);
	tdestroy(v->by_text, keep);
	for (struct values_origin *o = v->last, *before; o; o = before) {
		before = o->before;
		free(o);
	}
	free(v->value);
	*v = (struct values){0};
}
