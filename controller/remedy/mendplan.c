/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/mendplan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "remedy/result.h"

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

/* Its word for itself is all that is before the colon of the rule. */
static void set_vaccine(json_t *row, const char *rule)
{
	json_object_set_new(row, "of", json_stringn(rule, strcspn(rule, ":")));
}

/* Which of two findings of one path decides. */
static int rank(const char *what)
{
	static const char *const words[] = {MENDPLAN_VACCINE, MENDPLAN_REMOVE, MENDPLAN_RESTORE};

	for (int i = 0; i < 3; i++)
		if (!strcmp(what, words[i]))
			return i;
	return -1;
}

static const char *what_to_do(const json_t *finding)
{
	if (*text_of(finding, "expected"))
		return MENDPLAN_RESTORE;
	return strcmp(text_of(finding, "class"), RESULT_VACCINE) != 0 ? MENDPLAN_REMOVE
								      : MENDPLAN_VACCINE;
}

int mendplan_add(json_t *plan, const json_t *finding, const char **why)
{
	const char *path = text_of(finding, "path"), *what = what_to_do(finding);
	json_t *row = row_of(plan, path);

	*why = "a part of the disk that can't be read can't be repaired";
	if (!strcmp(text_of(finding, "class"), "unreadable") ||
	    (!*text_of(finding, "found") && strcmp(what, MENDPLAN_VACCINE) != 0))
		return -1;
	*why = "there is more to repair than is worth it";
	if (!row && json_array_size(plan) >= MENDPLAN_ROWS)
		return -1;
	if (row && rank(text_of(row, "do")) >= rank(what))
		return 0;
	if (!row) {
		row = json_object();
		json_array_append_new(plan, row);
	}
	json_object_set_new(row, "do", json_string(what));
	json_object_set_new(row, "path", json_string(path));
	json_object_set_new(row, "found", json_string(text_of(finding, "found")));
	json_object_del(row, "of");
	if (!strcmp(what, MENDPLAN_VACCINE))
		set_vaccine(row, text_of(finding, "rule"));
	if (strcmp(what, MENDPLAN_RESTORE) != 0)
		return 0;
	json_object_set_new(row, "expected", json_string(text_of(finding, "expected")));
	json_object_set_new(row, "of", json_string(text_of(finding, "expected_version")));
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
	bool vaccine = !strcmp(what, MENDPLAN_VACCINE);

	return rank(what) >= 0 && text_of(row, "path")[0] == '/' &&
	       (vaccine ? *text_of(row, "of") : *text_of(row, "found")) &&
	       (strcmp(what, MENDPLAN_RESTORE) != 0 || *text_of(row, "expected"));
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
