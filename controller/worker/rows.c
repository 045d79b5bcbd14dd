/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "remedy/mendplan.h"

bool rows_decode(char *text)
{
	char *to = text, two[3] = "";

	for (const char *c = text; *c; c++) {
		uint8_t byte;

		if (*c != '\\') {
			*to++ = *c;
			continue;
		}
		if (c[1] != 'x' || !c[2] || !c[3])
			return false;
		memcpy(two, c + 2, 2);
		if (hex_decode(&byte, 1, two) != 1 || !byte)
			return false;
		*to++ = (char)byte;
		c += 3;
	}
	*to = '\0';
	return true;
}

static bool parse_digest(const json_t *value, struct digest *out)
{
	const char *text = json_string_value(value);
	const char *colon = text ? strchr(text, ':') : NULL;

	out->alg = colon ? alg_by_name(text, (size_t)(colon - text)) : NULL;
	return out->alg && hex_decode(out->bytes, sizeof(out->bytes), colon + 1) == out->alg->size;
}

static bool parse(const json_t *from, struct row *row)
{
	const char *path = json_string_value(json_object_get(from, "path"));
	const char *what = json_string_value(json_object_get(from, "do"));
	const json_t *found = json_object_get(from, "found");

	row->restore = !strcmp(what, MENDPLAN_RESTORE);
	row->shown = strdup(path);
	row->path = strdup(path + 1);
	if (!strcmp(what, MENDPLAN_VACCINE))
		row->vaccine = strdup(json_string_value(json_object_get(from, "of")));
	return row->shown && row->path && rows_decode(row->path) && row->path[0] &&
	       ((row->vaccine && !json_string_length(found)) || parse_digest(found, &row->found)) &&
	       (!row->restore || parse_digest(json_object_get(from, "expected"), &row->expected));
}

int rows_read(const char *path, struct rows *rows, char *error, size_t size)
{
	FILE *in = fopen(path, "re");
	json_t *plan = in ? mendplan_read(in) : NULL, *from;
	size_t i;

	if (in)
		fclose(in);
	snprintf(error, size, "the plan makes no sense");
	if (!plan)
		return -1;
	rows->row = calloc(json_array_size(plan) + 1, sizeof(*rows->row));
	json_array_foreach (plan, i, from)
		if (!rows->row || !parse(from, &rows->row[rows->n++]))
			return -1;
	json_decref(plan);
	return 0;
}
