// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "tool/ask.h"
#include "tool/table.h"

static const struct column columns[] = {
	{"NAME", false}, {"LABEL", false}, {"GETS BACK", false}, {"UUID", false}};

static void print(const json_t *answer)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	const char *danger = text_of(answer, "danger");
	const json_t *row;
	size_t i;

	if (!json_is_true(json_object_get(answer, "flask")))
		puts("this Xen does not enforce FLASK: no VM has a label");
	json_array_foreach (json_object_get(answer, "labels"), i, row) {
		const char *label = text_of(row, "label");
		bool bad = label && danger && !strcmp(label, danger);

		table_add(table, TEXT_PLAIN, text_of(row, "name"));
		table_add(table, bad ? TEXT_BAD : TEXT_PLAIN, label);
		table_add(table, TEXT_PLAIN, text_of(row, "recorded"));
		table_add(table, TEXT_DIM, text_of(row, "uuid"));
	}
	table_print(table, 0, stdout);
}

static int list(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("labels", NULL, NULL), &status);

	if (!answer)
		return status;
	if (args->json)
		ask_print_json(answer);
	else
		print(answer);
	json_decref(answer);
	return status;
}

static int set(const struct args *args)
{
	json_t *request = ask_request("label-set", args->operand[1], NULL), *answer;
	int status;

	json_object_set_new(request, "label", json_string(args->operand[2]));
	answer = ask(args, request, &status);
	if (answer && args->json)
		ask_print_json(answer);
	json_decref(answer);
	return status;
}

int run_label(const struct args *args)
{
	if (args->operands == 1 && !strcmp(args->operand[0], "list"))
		return list(args);
	if (args->operands == 3 && !strcmp(args->operand[0], "set"))
		return set(args);
	warnx("label: «label list», or «label set VM LABEL»");
	return TOOL_USAGE;
}
