/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/workloads.h"

#include <stdlib.h>
#include <string.h>

#include "xsm/workloadfile.h"

void workloads_free(struct workloads *ws)
{
	free(ws);
}

size_t workloads_find(const struct workloads *ws, const char *name)
{
	for (size_t i = 0; i < ws->count; i++)
		if (!strcmp(ws->list[i].name, name))
			return i;
	return WORKLOADS_MISSING;
}

bool workloads_may_talk(const struct workloads *ws, size_t a, size_t b)
{
	if (a == b)
		return ws->list[a].itself;
	return ws->list[a].talks >> b & 1;
}

bool workloads_apart(const struct workloads *ws, size_t a, size_t b)
{
	return ws->list[a].apart >> b & 1;
}

void workload_type(char type[WORKLOAD_TYPE_SIZE], const char *name, enum workload_type which)
{
	static const char *const ends[] = {
		[WORKLOAD_HELD] = "_t", [WORKLOAD_RUNS] = "_run_t", [WORKLOAD_PEERS] = "_peer_t"};

	snprintf(type, WORKLOAD_TYPE_SIZE, "lz_%s%s", name, ends[which]);
	for (char *c = type; *c; c++)
		if (*c == '-') /* no type has that in its name */
			*c = '_';
}

/* Where the type begins: in the third part. NULL: it is no label. */
static const char *type_in(const char *label)
{
	const char *role = strchr(label, ':'), *type = role ? strchr(role + 1, ':') : NULL;

	return type ? type + 1 : NULL;
}

bool workload_label_is(const char *label, const char *type)
{
	const char *there = type_in(label);
	size_t len = strlen(type);

	return there && !strncmp(there, type, len) && (!there[len] || there[len] == ':');
}

void workload_label(char *label, size_t size, const char *type)
{
	const char *there = type_in(label), *rest = there ? strchr(there, ':') : NULL;
	char *new;

	if (!there ||
	    asprintf(&new, "%.*s%s%s", (int)(there - label), label, type, rest ? rest : "") < 0)
		return;
	snprintf(label, size, "%s", new);
	free(new);
}

bool workload_label_guess(const char *label, char *runs, size_t size)
{
	static const char start[] = "lz_", end[] = "_t";
	const char *type = type_in(label);
	size_t len = type ? strcspn(type, ":") : 0;

	if (len < sizeof(start) + sizeof(end) - 1 || strncmp(type, start, strlen(start)) ||
	    strncmp(type + len - strlen(end), end, strlen(end)))
		return false;
	return (size_t)snprintf(runs, size, "%.*s_run%s", (int)(type - label + (ptrdiff_t)len - 2),
				label, type + len - 2) < size;
}

size_t workloads_of_label(const struct workloads *ws, const char *label, enum workload_type *which)
{
	char type[WORKLOAD_TYPE_SIZE];

	for (size_t i = 0; i < ws->count; i++)
		for (*which = WORKLOAD_HELD; *which <= WORKLOAD_RUNS; ++*which) {
			workload_type(type, ws->list[i].name, *which);
			if (workload_label_is(label, type))
				return i;
		}
	return WORKLOADS_MISSING;
}

struct workloads *workloads_load(const char *path, FILE *errors)
{
	struct workloads *ws = calloc(1, sizeof(*ws));

	if (!ws)
		fprintf(errors, "%s: no memory\n", path);
	if (!ws || workloadfile_read(ws, path, errors))
		return ws;
	workloads_free(ws);
	return NULL;
}
