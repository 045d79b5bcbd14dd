/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/result.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "attest/verify.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "remedy/sickbay.h"

#define MEMORY	  (256UL << 20)
#define ARGUMENTS 3

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

int result_head(int fd, struct result_head *out)
{
	struct result_head untrusted_head;

	if (pread(fd, &untrusted_head, sizeof(untrusted_head), 0) != sizeof(untrusted_head) ||
	    memcmp(untrusted_head.magic, RESULT_MAGIC, sizeof(untrusted_head.magic)) != 0 ||
	    untrusted_head.version != RESULT_VERSION || untrusted_head.state == RESULT_NONE ||
	    untrusted_head.state > RESULT_FAILED ||
	    untrusted_head.text > RESULT_SIZE - RESULT_TEXT || untrusted_head.done > INT64_MAX ||
	    untrusted_head.total > INT64_MAX || untrusted_head.bytes > INT64_MAX ||
	    untrusted_head.findings > INT64_MAX || untrusted_head.signatures > INT64_MAX ||
	    untrusted_head.vaccines > INT64_MAX || untrusted_head.kept > SICKBAY_SIZE)
		return -1;
	untrusted_head.error[sizeof(untrusted_head.error) - 1] = '\0';
	if (!is_printable(untrusted_head.error, strlen(untrusted_head.error)))
		return -1;
	*out = untrusted_head;
	return 0;
}

/* Texts that are too long are cut. Return: false if it is there and no text, or not printable. */
static bool take(const json_t *untrusted_row, const char *key, char *out, size_t size)
{
	const json_t *untrusted_text = json_object_get(untrusted_row, key);
	size_t len = json_string_length(untrusted_text);

	if (!untrusted_text)
		return true;
	if (!json_is_string(untrusted_text) ||
	    !is_printable(json_string_value(untrusted_text), len))
		return false;
	if (len >= size)
		len = size - 1;
	memcpy(out, json_string_value(untrusted_text), len);
	out[len] = '\0';
	return true;
}

static bool is_class(const char *name)
{
	static const char *const others[] = {"signature",     "unreadable",   RESULT_VACCINE,
					     RESULT_RESTORED, RESULT_REMOVED, RESULT_CHANGED};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(name, others[i]))
			return true;
	return finding_class_by_name(name) >= 0;
}

static bool parse(const char *untrusted_line, size_t len, struct ipc_finding *out)
{
	json_t *row = json_loadb(untrusted_line, len, JSON_REJECT_DUPLICATES, NULL);
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = row && take(row, "class", out->class, sizeof(out->class)) &&
	     take(row, "path", out->path, sizeof(out->path)) &&
	     take(row, "rule", out->rule, sizeof(out->rule)) &&
	     take(row, "found", out->found, sizeof(out->found)) &&
	     take(row, "expected", out->expected, sizeof(out->expected)) &&
	     take(row, "expected_version", out->expected_version, sizeof(out->expected_version)) &&
	     take(row, "reason", out->reason, sizeof(out->reason));
	json_decref(row);
	return ok && is_class(out->class) && out->path[0] == '/';
}

/* Return: lines in @text, or -1. */
static int64_t parse_all(const char *untrusted_text, size_t len,
			 void (*each)(void *arg, const struct ipc_finding *f), void *arg)
{
	struct ipc_finding finding;
	int64_t n = 0;

	for (size_t at = 0; at < len; n++) {
		const char *line = untrusted_text + at, *end = memchr(line, '\n', len - at);

		if (!end || end - line >= RESULT_LINE ||
		    !parse(line, (size_t)(end - line), &finding))
			return -1;
		each(arg, &finding);
		at += (size_t)(end - line) + 1;
	}
	return n;
}

int64_t result_findings(int fd, void (*each)(void *arg, const struct ipc_finding *f), void *arg,
			const char **why)
{
	struct result_head head;
	char *untrusted_text;
	int64_t n = -1;

	*why = "what the remedy domain reports makes no sense";
	if (result_head(fd, &head) < 0)
		return -1;
	untrusted_text = malloc(head.text + 1);
	if (!untrusted_text)
		*why = "no memory for the report of the remedy domain";
	else if (pread(fd, untrusted_text, head.text, RESULT_TEXT) == (ssize_t)head.text)
		n = parse_all(untrusted_text, head.text, each, arg);
	free(untrusted_text);
	return n;
}

static void tell(void *arg, const struct ipc_finding *f)
{
	(void)arg;
	ipc_send(IPC_FD, IPC_FINDING, f, sizeof(*f));
}

int result_child(int argc, char **argv)
{
	struct sandbox box = {.memory = MEMORY};
	struct ipc_progress done = {0};
	const char *why = NULL;
	int64_t n;

	if (argc != ARGUMENTS || !atoi(argv[0]) || !atoi(argv[1]))
		fatalx("result: wrong arguments");
	box.uid = (uid_t)atoi(argv[0]);
	box.gid = (gid_t)atoi(argv[1]);
	box.root = argv[2];
	json_object_seed(0); /* it opens a device for that, which is out of reach afterwards */
	sandbox_enter(&box);
	n = result_findings(IPC_FD_A, tell, NULL, &why);
	if (n < 0)
		return ipc_fail(why);
	done.done = (uint64_t)n;
	ipc_send(IPC_FD, IPC_DONE, &done, sizeof(done));
	return 0;
}
