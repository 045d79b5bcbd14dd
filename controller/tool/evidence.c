// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hex.h"
#include "tool/ask.h"

#define PAUSE_US   200000
#define TRIES	   300 /* a busy TPM may take its time */
#define PIECE_ROOM (1UL << 20)

/* Return: bytes of the piece; 0 at the end; -1 after a message. */
static ssize_t write_piece(FILE *out, const json_t *answer)
{
	static uint8_t piece[PIECE_ROOM];
	const char *hex = json_string_value(json_object_get(answer, "data"));
	int n = hex ? hex_decode(piece, sizeof(piece), hex) : -1;

	if (n < 0) {
		warnx("the daemon's answer can't be read");
		return -1;
	}
	if (n && fwrite(piece, 1, (size_t)n, out) != (size_t)n) {
		warn("writing");
		return -1;
	}
	return n;
}

static json_t *ask_piece(const struct args *args, size_t at, int *status)
{
	json_t *request = ask_request("evidence-read", args->operand[0], NULL);

	json_object_set_new(request, "at", json_integer((json_int_t)at));
	return ask(args, request, status);
}

/* Return: an exit status. */
static int fetch(const struct args *args, FILE *out)
{
	int status, tries = 0;
	size_t at = 0;

	for (;;) {
		json_t *answer = ask_piece(args, at, &status);
		bool ready = json_is_true(json_object_get(answer, "ready"));
		ssize_t n = ready ? write_piece(out, answer) : 0;

		json_decref(answer);
		if (!answer)
			return status;
		if (n < 0)
			return TOOL_FAILED;
		if (ready && n == 0)
			return TOOL_OK;
		at += (size_t)n;
		if (!ready && ++tries > TRIES) {
			warnx("the VM's TPM does not answer");
			return TOOL_FAILED;
		}
		if (!ready)
			usleep(PAUSE_US);
	}
}

static int save(const struct args *args)
{
	char tmp[4096];
	FILE *out;
	int status;

	snprintf(tmp, sizeof(tmp), "%s.new", args->output);
	out = fopen(tmp, "we");
	if (!out) {
		warn("%s", tmp);
		return TOOL_FAILED;
	}
	status = fetch(args, out);
	if (fclose(out) || (!status && rename(tmp, args->output) < 0)) {
		warn("%s", args->output);
		status = TOOL_FAILED;
	}
	if (status)
		unlink(tmp);
	return status;
}

int run_evidence(const struct args *args)
{
	json_t *request, *answer;
	int status;

	if (!args->nonce || !args->output) {
		warnx("evidence: --nonce=HEX and --output=FILE are needed");
		return TOOL_USAGE;
	}
	request = ask_request("evidence", args->operand[0], NULL);
	json_object_set_new(request, "nonce", json_string(args->nonce));
	answer = ask(args, request, &status);
	json_decref(answer);
	if (!answer)
		return status;
	status = save(args);
	if (!status && args->json)
		ask_answer(json_pack("{s:b,s:s,s:s,s:s}", "ok", 1, "vm", args->operand[0], "output",
				     args->output, "nonce", args->nonce));
	else if (!status)
		printf("%s: verify it with «lazaretctl verify-evidence --nonce %s %s»\n",
		       args->output, args->nonce, args->output);
	return status;
}
