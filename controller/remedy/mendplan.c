/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/mendplan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static json_t *row_of(json_t *plan, const char *path)
{
	size_t i;
	json_t *row;

	json_array_foreach (plan, i, row)
		if (!strcmp(text_of(row, "path"), path))
			return row;
	return NULL;
}

int mendplan_add(json_t *plan, const json_t *finding, const char **why)
{
	const char *path = text_of(finding, "path"), *expected = text_of(finding, "expected");
	json_t *row = row_of(plan, path);

	*why = "a part of the disk that can't be read can't be repaired";
	if (!strcmp(text_of(finding, "class"), "unreadable") || !*text_of(finding, "found"))
		return -1;
	*why = "there is more to repair than is worth it";
	if (!row && json_array_size(plan) >= MENDPLAN_ROWS)
		return -1;
	if (row && (!*expected || !strcmp(text_of(row, "do"), MENDPLAN_RESTORE)))
		return 0;
	if (!row) {
		row = json_object();
		json_array_append_new(plan, row);
	}
	json_object_set_new(row, "do", json_string(*expected ? MENDPLAN_RESTORE : MENDPLAN_REMOVE));
	json_object_set_new(row, "path", json_string(path));
	json_object_set_new(row, "found", json_string(text_of(finding, "found")));
	if (*expected) {
		json_object_set_new(row, "expected", json_string(expected));
		json_object_set_new(row, "of", json_string(text_of(finding, "expected_version")));
	}
	return 0;
}

int mendplan_write(const json_t *plan, FILE *out)
{
	size_t i;
	json_t *row;

	json_array_foreach (plan, i, row)
		if (json_dumpf(row, out, JSON_COMPACT) < 0 || fputc('\n', out) == EOF)
			return -1;
	return fflush(out) == EOF ? -1 : 0;
}

static bool is_row(const json_t *row)
{
	const char *what = text_of(row, "do");
	bool restore = !strcmp(what, MENDPLAN_RESTORE);

	return (restore || !strcmp(what, MENDPLAN_REMOVE)) && text_of(row, "path")[0] == '/' &&
	       *text_of(row, "found") && (!restore || *text_of(row, "expected"));
}

json_t *mendplan_read(FILE *in)
{
	json_t *plan = json_array(), *row;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	bool ok = true;

	while (ok && (len = getline(&line, &room, in)) > 0) {
		row = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
		ok = is_row(row) && json_array_size(plan) < MENDPLAN_ROWS;
		if (row)
			json_array_append_new(plan, row);
	}
	free(line);
	if (ok)
		return plan;
	json_decref(plan);
	return NULL;
}
