/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/logfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "attest/record.h"
#include "uapi/lazaret.h"

/* Bytes that are read ahead; the longest record fits. */
#define ROOM (4U * LZ_RECORD_MAX)

/* What was read and not yet handed over. */
struct window {
	uint8_t *data;
	size_t begin;
	size_t end;
	uint64_t offset; /* of data[begin] in the file */
	bool eof;
};

static int fail(char *error, const struct window *w, const char *text)
{
	snprintf(error, LOGFILE_ERROR_MAX, "byte %" PRIu64 ": %s", w->offset, text);
	return -1;
}

static int read_more(FILE *in, struct window *w)
{
	size_t n;

	memmove(w->data, w->data + w->begin, w->end - w->begin);
	w->end -= w->begin;
	w->begin = 0;
	n = fread(w->data + w->end, 1, ROOM - w->end, in);
	w->end += n;
	w->eof = n == 0;
	return ferror(in) ? -1 : 0;
}

/* A record that is not whole. Return: 1 to try again, 0 at the end, -1 after an error. */
static int need_more(FILE *in, struct window *w, char *error)
{
	if (w->eof && w->begin == w->end)
		return 0;
	if (w->eof)
		return fail(error, w, "the last record is cut off");
	return read_more(in, w) ? fail(error, w, strerror(errno)) : 1;
}

int logfile_each(FILE *in, int (*each)(void *arg, const uint8_t *record, size_t len), void *arg,
		 char *error)
{
	struct window w = {.data = malloc(ROOM)};
	int status = w.data ? 1 : fail(error, &w, strerror(ENOMEM));
	const char *reason;

	while (status > 0) {
		struct ima_record rec;
		const uint8_t *at = w.data + w.begin;

		switch (record_parse(at, w.end - w.begin, &rec, &reason)) {
		case RECORD_SHORT:
			status = need_more(in, &w, error);
			break;
		case RECORD_BAD:
			status = fail(error, &w, reason);
			break;
		case RECORD_OK:
			status = each(arg, at, rec.size);
			if (status)
				goto out;
			status = 1;
			w.begin += rec.size;
			w.offset += rec.size;
			break;
		}
	}
out:
	free(w.data);
	return status;
}
