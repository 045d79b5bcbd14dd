// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/ask.h"
#include "tool/text.h"
#include "tool/when.h"

/* Members that have a place of their own in a line, or say nothing to people. */
static bool is_shown_already(const char *key)
{
	static const char *const keys[] = {"seq", "time", "event", "vm", "name", NULL};

	for (size_t i = 0; keys[i]; i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

/* « key=value»: texts as they are but made safe, everything else as JSON. */
static void print_member(const char *key, const json_t *value)
{
	char *name, *text, *dumped = NULL;

	if (json_is_null(value))
		return;
	if (!json_is_string(value))
		dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	name = text_safe(key);
	text = text_safe(dumped ? dumped : json_string_value(value));
	printf("  %s%s=%s%s", text_on(TEXT_DIM), name, text_off(TEXT_DIM), text);
	free(dumped);
	free(name);
	free(text);
}

static enum text_colour event_colour(const json_t *event, const char *kind)
{
	if (kind && (!strcmp(kind, "finding") || !strcmp(kind, "error")))
		return TEXT_BAD;
	return text_state_colour(text_of(event, "to"));
}

static void print_line(const json_t *event)
{
	const char *kind = text_of(event, "event"), *vm = text_of(event, "name"), *key;
	enum text_colour colour = event_colour(event, kind);
	char *safe_kind = text_safe(kind), *safe_vm = text_safe(vm && *vm ? vm : NULL);
	char when[WHEN_SIZE];
	const json_t *value;

	printf("%s  %-12s  %s%-8s%s", when_full(when, text_of(event, "time")), safe_vm,
	       text_on(colour), safe_kind, text_off(colour));
	json_object_foreach ((json_t *)event, key, value)
		if (!is_shown_already(key))
			print_member(key, value);
	putchar('\n');
	free(safe_kind);
	free(safe_vm);
}

/* @uuid: of the only VM that matters, or NULL */
static void print_event(const struct args *args, const char *uuid, const json_t *event)
{
	const char *vm = text_of(event, "vm");

	if (uuid && (!vm || strcmp(vm, uuid) != 0))
		return;
	if (args->json)
		ask_print_json(event);
	else
		print_line(event);
}

static void print_past(const struct args *args, const char *uuid, const json_t *answer)
{
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(answer, "events"), i, event)
		print_event(args, uuid, event);
}

static int follow(struct conn *conn, const struct args *args, const char *uuid)
{
	json_t *event;
	int status;

	for (;;) {
		if (fflush(stdout)) {
			warn("standard output");
			return TOOL_FAILED;
		}
		event = conn_read(conn, CONN_FOREVER, &status);
		if (!event)
			return status;
		print_event(args, uuid, event);
		json_decref(event);
	}
}

/* Does it tell which VM was asked for? A follower hears of all. Return: false after a message. */
static bool has_uuid(const struct args *args, const json_t *answer)
{
	if (!args->operands || text_of(answer, "vm"))
		return true;
	warnx("the daemon's answer has no UUID");
	return false;
}

int run_events(const struct args *args)
{
	json_t *request, *answer;
	struct conn *conn;
	int status;

	conn = conn_open(args->socket, &status);
	if (!conn)
		return status;
	request = ask_request("events", args->operands ? args->operand[0] : NULL, NULL);
	json_object_set_new(request, "follow", json_boolean(args->follow));
	answer = ask_on(conn, request, args->json, &status);
	if (answer && !has_uuid(args, answer)) {
		status = TOOL_FAILED;
	} else if (answer) {
		const char *uuid = args->operands ? text_of(answer, "vm") : NULL;

		print_past(args, uuid, answer);
		if (args->follow)
			status = follow(conn, args, uuid);
	}
	json_decref(answer);
	conn_close(conn);
	return status;
}
