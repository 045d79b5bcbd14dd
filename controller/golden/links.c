/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/links.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct link {
	char *key;
	uint8_t *digest;
	struct link *group; /* the first of its file's names, or itself */
	struct link *before;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct link *)a)->key, ((const struct link *)b)->key);
}

/* Return: 0, or -1: no memory. */
static int put_in_tree(struct links *l, struct link *link)
{
	struct link **at = tsearch(link, &l->tree, compare);

	if (!at)
		return -1;
	*at = link; /* the older one stays in the list: names may belong to it */
	return 0;
}

int links_add(struct links *l, const char *key, uint8_t *digest, struct link *group)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return -1;
	link->digest = digest;
	link->group = group ? group : link;
	link->before = l->last;
	l->last = link;
	if (!key)
		return 0;
	link->key = strdup(key);
	return link->key ? put_in_tree(l, link) : -1;
}

struct link *links_find(const struct links *l, const char *key)
{
	struct link wanted = {.key = (char *)(uintptr_t)key};
	struct link *const *found = tfind(&wanted, &l->tree, compare);

	return found ? (*found)->group : NULL;
}

uint8_t *links_digest(struct link *group)
{
	return group->digest;
}

static void keep(void *node)
{
	(void)node;
}

void links_settle(struct links *l)
{
	tdestroy(l->tree, keep);
	for (struct link *link = l->last; link; link = link->before)
		if (link->group != link)
			memcpy(link->digest, link->group->digest, l->digest_size);
	for (struct link *before; l->last; l->last = before) {
		before = l->last->before;
		free(l->last->key);
		free(l->last);
	}
	l->tree = NULL;
}
