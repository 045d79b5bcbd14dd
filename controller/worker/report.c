/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "common/timefmt.h"
#include "remedy/result.h"

#define TELL_MS	   1000 /* between two words of how far it is */
#define SHOWN_SIZE 5000 /* of a path with what can't be shown written as \xNN; cut then */

static struct result_head head = {
	.magic = RESULT_MAGIC, .version = RESULT_VERSION, .state = RESULT_RUNNING};
static int disk = -1;
static int64_t told_ms;

/* Return: 0, or -1 with errno. */
static int put(const void *data, size_t len, off_t at)
{
	ssize_t n = pwrite(disk, data, len, at);

	if (n >= 0 && (size_t)n != len)
		errno = ENOSPC;
	return n == (ssize_t)len ? 0 : -1;
}

static int put_head(void)
{
	told_ms = time_mono_ms();
	return put(&head, sizeof(head), 0) < 0 || fdatasync(disk) < 0 ? -1 : 0;
}

int report_open(const char *device)
{
	disk = open(device, O_RDWR | O_CLOEXEC);
	return disk < 0 ? -1 : put_head();
}

void report_total(uint64_t files)
{
	head.total = files;
	put_head();
}

void report_file(uint64_t bytes)
{
	head.done++;
	head.bytes += bytes;
	if (time_mono_ms() - told_ms >= TELL_MS)
		put_head();
}

void report_signatures(uint64_t n)
{
	head.signatures = n;
}

void report_vaccine(void)
{
	head.vaccines++;
}

void report_kept(uint64_t bytes)
{
	head.kept = bytes;
}

/* Printable ASCII; everything else, and the backslash itself, as \xNN. */
static json_t *shown(const char *untrusted_text)
{
	char out[SHOWN_SIZE];
	size_t n = 0;

	for (const char *c = untrusted_text; *c && n + 5 < sizeof(out); c++)
		if (*c < ' ' || *c > '~' || *c == '\\')
			n += (size_t)snprintf(out + n, sizeof(out) - n, "\\x%02x",
					      (unsigned char)*c);
		else
			out[n++] = *c;
	out[n] = '\0';
	return json_string(out);
}

static void set(json_t *row, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(row, key, shown(text));
}

void report_finding(const struct report_finding *f)
{
	char line[RESULT_LINE + 1];
	json_t *row = json_object();
	size_t len;

	head.findings++;
	set(row, "class", f->class);
	set(row, "path", f->path);
	set(row, "rule", f->rule);
	set(row, "found", f->found);
	set(row, "expected", f->expected);
	set(row, "expected_version", f->version);
	set(row, "reason", f->reason);
	len = json_dumpb(row, line, sizeof(line) - 1, JSON_COMPACT);
	json_decref(row);
	if (!len || len >= sizeof(line) - 1 || RESULT_TEXT + head.text + len + 1 > RESULT_SIZE)
		return;
	line[len++] = '\n';
	if (put(line, len, (off_t)(RESULT_TEXT + head.text)) == 0)
		head.text += len;
}

void report_unreadable(const char *path, const char *reason)
{
	struct report_finding f = {.class = "unreadable", .path = path, .reason = reason};

	report_finding(&f);
}

int report_done(void)
{
	/* Whoever reads that it is done must find all of the text. */
	if (fdatasync(disk) < 0)
		return report_failed("the result can't be written");
	head.state = RESULT_DONE;
	return put_head() < 0;
}

int report_failed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head.error, sizeof(head.error), fmt, ap);
	va_end(ap);
	for (char *c = head.error; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	head.state = RESULT_FAILED;
	fprintf(stderr, "%s\n", head.error);
	put_head();
	return 1;
}
