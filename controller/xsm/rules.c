/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/rules.h"

#include <string.h>

#include "xsm/workloads.h"

/* A name as types have it: without the «-» that they can't have. */
static void type_name(char name[WORKLOAD_NAME_MAX], const struct workload *w)
{
	memcpy(name, w->name, WORKLOAD_NAME_MAX);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
}

static void write_one(const struct workload *w, FILE *out)
{
	char name[WORKLOAD_NAME_MAX];

	type_name(name, w);
	fprintf(out, "\n# %s\nlz_declare_workload(`%s')\n", w->name, name);
	if (w->migrate)
		fprintf(out, "lz_migrate(`%s')\n", name);
	if (w->devices)
		fprintf(out, "lz_devices(`%s')\n", name);
}

void rules_write(const struct workloads *ws, const char *from, FILE *out)
{
	char one[WORKLOAD_NAME_MAX], other[WORKLOAD_NAME_MAX];

	fprintf(out, "# SPDX-License-Identifier: GPL-2.0-or-later\n"
		     "# Made by «lazaretctl xsm build»; what is changed here is lost. Made from ");
	for (const char *c = from; *c; c++)
		fputc(*c >= ' ' && *c <= '~' ? *c : '_',
		      out); /* a new line would end the comment */
	fputc('\n', out);
	for (size_t i = 0; i < ws->count; i++)
		write_one(&ws->list[i], out);
	fprintf(out, "\n# Who may talk with whom: each pair once.\n");
	for (size_t i = 0; i < ws->count; i++)
		for (size_t k = i; k < ws->count; k++) {
			type_name(one, &ws->list[i]);
			type_name(other, &ws->list[k]);
			if (workloads_may_talk(ws, i, k))
				fprintf(out, "lz_talk(`%s', `%s')\n", one, other);
		}
}
