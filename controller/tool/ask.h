/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the daemon, and its answer. */
#ifndef LAZARET_TOOL_ASK_H
#define LAZARET_TOOL_ASK_H

#include <jansson.h>

#include "tool/conn.h"
#include "tool/tool.h"

/* Return: a new request for command @cmd; @vm and @reason may be NULL. Ends without memory. */
json_t *ask_request(const char *cmd, const char *vm, const char *reason);

/**
 * ask_on() - send a request on an open connection and read its answer
 * @request:	its reference is taken
 * @json:	print a refusal as JSON, too
 * @status:	set to an exit status: 0 exactly if an answer is returned
 *
 * Return: a new reference to an answer with "ok": true; NULL after a message.
 */
json_t *ask_on(struct conn *conn, json_t *request, bool json, int *status);

/* The same, but not waiting for longer than @seconds. */
json_t *ask_within(struct conn *conn, json_t *request, bool json, int seconds, int *status);

/* The same as ask_on() on a connection of its own, to args->socket. */
json_t *ask(const struct args *args, json_t *request, int *status);

/* Prints an object as a line of JSON, ASCII alone: harmless on a terminal as well. */
void ask_print_json(const json_t *object);

/* Prints the JSON of a command without a daemon. Takes @answer; NULL ends the program. */
void ask_answer(json_t *answer);

/* Says what failed without a daemon: with --json also as it would refuse. Return: TOOL_FAILED. */
int ask_failed(const struct args *args, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * ask_change() - ask for a change of the VM args->operand[0] and say how that went
 * @done:	what has begun then, for people: «NAME: …»
 *
 * Return: an exit status.
 */
int ask_change(const struct args *args, const char *cmd, const char *done);

#endif
