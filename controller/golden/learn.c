/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/learn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attest/logfile.h"
#include "attest/replay.h"
#include "attest/template.h"
#include "golden/build.h"

struct learner {
	struct values *out;
	struct learn_result *result;
	struct replay *replay;
	const char *wrong;
};

static int end(struct learner *l, const char *wrong)
{
	l->wrong = wrong;
	return 1;
}

static int learn(void *arg, const uint8_t *record, size_t len)
{
	struct learner *l = arg;
	struct ima_record rec;
	struct ima_entry e;
	const char *reason;

	l->result->records++;
	if (record_parse(record, len, &rec, &reason) != RECORD_OK)
		return end(l, reason);
	switch (replay_extend(l->replay, &rec)) {
	case REPLAY_OK:
	case REPLAY_VIOLATION:
		break;
	case REPLAY_MISMATCH:
		return end(l, "the template hash is not that of the data: the list was altered");
	case REPLAY_ERROR:
		return end(l, "OpenSSL failed to compute a digest");
	}
	if (template_parse(&rec, &e, &reason))
		return end(l, reason);
	if (e.violation || e.is_buffer || e.verity || !e.alg || !e.path_len || e.path[0] != '/') {
		l->result->left_out++;
		return 0;
	}
	if (values_add(l->out, e.path, e.path_len, e.alg, e.digest))
		return end(l, strerror(errno));
	l->result->learned++;
	return 0;
}

static int read_list(FILE *in, const char *path, struct learner *l, char *error)
{
	char wrong[LOGFILE_ERROR_MAX];
	int status = logfile_each(in, learn, l, wrong);

	if (!status && l->result->records)
		return 0;
	if (status > 0)
		snprintf(error, BUILD_ERROR_MAX, "%s: record %llu: %s", path,
			 (unsigned long long)l->result->records - 1, l->wrong);
	else
		snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, status ? wrong : "empty");
	return -1;
}

int learn_values(const char *path, struct values *out, struct learn_result *result, char *error)
{
	struct learner l = {.out = out, .result = result, .replay = replay_new("sha1")};
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int err = -1;

	*result = (struct learn_result){0};
	if (!in || !l.replay)
		snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, strerror(errno));
	else
		err = read_list(in, path, &l, error);
	if (in && in != stdin)
		fclose(in);
	replay_free(l.replay);
	return err;
}
