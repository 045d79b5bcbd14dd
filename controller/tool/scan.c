// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/ask.h"
#include "tool/table.h"
#include "tool/text.h"

#define MIB (1 << 20)

static long long number_of(const json_t *event, const char *key)
{
	return json_integer_value(json_object_get(event, key));
}

/* To a terminal alone, and over the line before. */
static void show_progress(const json_t *event)
{
	if (isatty(STDERR_FILENO) && number_of(event, "total") > 0)
		fprintf(stderr, "\r%lld of about %lld files ", number_of(event, "done"),
			number_of(event, "total"));
}

static void show_findings(const json_t *findings)
{
	static const struct column columns[] = {
		{"WHAT", false}, {"PATH", false}, {"WHY", false}, {"SHOULD BE", false}};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *row;
	size_t i;

	json_array_foreach (findings, i, row) {
		const char *class = text_of(row, "class");
		bool named = class && (!strcmp(class, "signature") || !strcmp(class, "vaccine"));

		table_add(table, TEXT_BAD, class);
		table_add(table, TEXT_PLAIN, text_of(row, "path"));
		table_add(table, TEXT_PLAIN, text_of(row, named ? "rule" : "reason"));
		table_add(table, TEXT_PLAIN, text_of(row, "expected_version"));
	}
	table_print(table, 0, stdout);
}

static void show_result(const char *name, const json_t *event)
{
	long long found = number_of(event, "found");
	const json_t *findings = json_object_get(event, "findings");

	if (found)
		show_findings(findings);
	printf("%s: %s%lld findings%s in %lld files, %lld MiB; %lld signatures\n", name,
	       text_on(found ? TEXT_BAD : TEXT_GOOD), found, text_off(TEXT_BAD),
	       number_of(event, "files"), number_of(event, "bytes") / MIB,
	       number_of(event, "signatures"));
	if ((long long)json_array_size(findings) < found)
		printf("%s: the last %lld of them are not listed\n", name,
		       found - (long long)json_array_size(findings));
}

/* Return: an exit status. */
static int end(const struct args *args, const json_t *event)
{
	const char *result = text_of(event, "result");
	bool failed = !result || !strcmp(result, "failed");
	char *name = text_safe(args->operand[0]);

	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (args->json)
		ask_print_json(event);
	if (failed) {
		char *why = text_safe(text_of(event, "reason"));

		warnx("%s: not scanned: %s", name, why);
		free(why);
	} else if (!args->json) {
		show_result(name, event);
	}
	free(name);
	if (failed)
		return TOOL_FAILED;
	return strcmp(result, "clean") ? TOOL_FINDINGS : TOOL_OK;
}

/* Is it about this VM, and of this kind? A follower hears of everything. */
static bool is_event(const json_t *event, const char *uuid, const char *kind)
{
	const char *vm = text_of(event, "vm"), *name = text_of(event, "event");

	return vm && name && !strcmp(vm, uuid) && !strcmp(name, kind);
}

static int follow(struct conn *conn, const struct args *args, const char *uuid)
{
	json_t *event;
	int status = TOOL_FAILED;

	while ((event = conn_read(conn, CONN_FOREVER, &status))) {
		bool over = is_event(event, uuid, "scan");

		if (over)
			status = end(args, event);
		else if (is_event(event, uuid, "progress"))
			show_progress(event);
		json_decref(event);
		if (over)
			return status;
	}
	return status ? status : TOOL_FAILED;
}

int run_scan(const struct args *args)
{
	json_t *request, *answer;
	struct conn *conn;
	int status;

	conn = conn_open(args->socket, &status);
	if (!conn)
		return status;
	request = ask_request("scan", args->operand[0], NULL);
	if (args->disk)
		json_object_set_new(request, "disk", json_string(args->disk));
	json_object_set_new(request, "follow", json_true());
	answer = ask_on(conn, request, args->json, &status);
	if (answer && text_of(answer, "vm"))
		status = follow(conn, args, text_of(answer, "vm"));
	else if (answer)
		status = ask_failed(args, "the daemon's answer has no UUID");
	json_decref(answer);
	conn_close(conn);
	return status;
}
