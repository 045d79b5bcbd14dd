// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "tool/ask.h"
#include "tool/text.h"

json_t *ask_request(const char *cmd, const char *vm, const char *reason)
{
	json_t *request = json_pack("{s:s,s:s*,s:s*}", "cmd", cmd, "vm", vm, "reason", reason);

	if (!request)
		errx(TOOL_FAILED, "no memory, or an argument that is not UTF-8");
	return request;
}

static int status_of(const char *code)
{
	if (code && !strcmp(code, CTL_NO_SUCH_VM))
		return TOOL_NO_SUCH_VM;
	if (code && !strcmp(code, CTL_DENIED))
		return TOOL_DENIED;
	return TOOL_FAILED;
}

json_t *ask_on(struct conn *conn, json_t *request, bool json, int *status)
{
	return ask_within(conn, request, json, CONN_WAIT_SECONDS, status);
}

json_t *ask_within(struct conn *conn, json_t *request, bool json, int seconds, int *status)
{
	json_t *answer;
	char *why;

	conn_send(conn, request);
	json_decref(request);
	answer = conn_read(conn, seconds, status);
	if (!answer)
		return NULL;
	if (json_is_true(json_object_get(answer, "ok"))) {
		*status = TOOL_OK;
		return answer;
	}
	*status = status_of(text_of(answer, "code"));
	why = text_safe(text_of(answer, "error"));
	warnx("%s", why);
	free(why);
	if (json)
		ask_print_json(answer);
	json_decref(answer);
	return NULL;
}

json_t *ask(const struct args *args, json_t *request, int *status)
{
	struct conn *conn = conn_open(args->socket, status);
	json_t *answer;

	if (!conn) {
		json_decref(request);
		return NULL;
	}
	answer = ask_on(conn, request, args->json, status);
	conn_close(conn);
	return answer;
}

void ask_print_json(const json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (!text)
		errx(TOOL_FAILED, "no memory");
	puts(text);
	free(text);
}

void ask_answer(json_t *answer)
{
	if (!answer)
		errx(TOOL_FAILED, "no memory, or a file name that is not UTF-8");
	ask_print_json(answer);
	json_decref(answer);
}

int ask_failed(const struct args *args, const char *fmt, ...)
{
	char *text, *safe;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		errx(TOOL_FAILED, "no memory");
	va_end(ap);
	safe = text_safe(text);
	warnx("%s", safe);
	if (args->json)
		ask_answer(ctl_refusal(CTL_FAILED, "%s", text));
	free(safe);
	free(text);
	return TOOL_FAILED;
}

int ask_change(const struct args *args, const char *cmd, const char *done)
{
	const char *vm = args->operand[0];
	int status;
	json_t *request = ask_request(cmd, vm, args->reason), *answer;

	if (args->level)
		json_object_set_new(request, "level", json_string(args->level));
	if (args->until)
		json_object_set_new(request, "until", json_string(args->until));
	answer = ask(args, request, &status);
	if (!answer)
		return status;
	if (args->json) {
		ask_print_json(answer);
	} else {
		char *name = text_safe(vm);

		printf("%s: %s; «lazaretctl show %s» tells how it goes\n", name, done, name);
		free(name);
	}
	json_decref(answer);
	return TOOL_OK;
}
