// SPDX-License-Identifier: GPL-2.0-or-later
/* What repairs removed, in the files of this host: only root can read them, and no daemon is needed. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/timefmt.h"
#include "remedy/sickbay.h"
#include "tool/ask.h"
#include "tool/table.h"
#include "tool/text.h"

#define CONF_FILE SYSCONFDIR "/lazaret/lazaretd.conf"

static void add_row(void *arg, const char *name, uint64_t bytes, int64_t kept_ns)
{
	char when[TIMEFMT_SIZE];

	json_array_append_new(arg,
			      json_pack("{s:s,s:I,s:s}", "name", name, "bytes", (json_int_t)bytes,
					"kept", time_format(when, kept_ns)));
}

static int list(const struct args *args, const char *dir)
{
	static const struct column columns[] = {{"NAME", false}, {"BYTES", true}, {"KEPT", false}};
	json_t *rows = json_array(), *row;
	struct table *table;
	char bytes[24];
	size_t i;

	if (sickbay_each(dir, add_row, rows) < 0) {
		json_decref(rows);
		return ask_failed(args, "the sick bay can't be read: %s", strerror(errno));
	}
	if (args->json) {
		ask_answer(json_pack("{s:b,s:o}", "ok", 1, "kept", rows));
		return TOOL_OK;
	}
	table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach (rows, i, row) {
		snprintf(bytes, sizeof(bytes), "%lld",
			 (long long)json_integer_value(json_object_get(row, "bytes")));
		table_add(table, TEXT_PLAIN, text_of(row, "name"));
		table_add(table, TEXT_PLAIN, bytes);
		table_add(table, TEXT_PLAIN, text_of(row, "kept"));
	}
	table_print(table, 0, stdout);
	json_decref(rows);
	return TOOL_OK;
}

static int done(const struct args *args, const char *text)
{
	if (args->json)
		ask_answer(json_pack("{s:b}", "ok", 1));
	else
		printf("%s: %s\n", args->operand[1], text);
	return TOOL_OK;
}

static int get(const struct args *args, const char *dir)
{
	int out, rc, error;

	if (!args->output)
		return ask_failed(args, "sickbay get: --output=FILE says where to put it");
	out = open(args->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return ask_failed(args, "%s: %s", args->output, strerror(errno));
	rc = sickbay_get(dir, args->operand[1], out);
	error = errno;
	if (close(out) < 0 && !rc) {
		rc = -1;
		error = errno;
	}
	if (!rc)
		return done(args, "an archive of what was removed (tar): it may be dangerous");
	unlink(args->output);
	return ask_failed(args, "%s: %s", args->operand[1],
			  error == EBADMSG ? "it is damaged, or was kept by another host"
					   : strerror(error));
}

static int purge(const struct args *args, const char *dir)
{
	if (sickbay_purge(dir, args->operand[1]) < 0)
		return ask_failed(args, "%s: %s", args->operand[1],
				  errno == ENOENT ? "the sick bay has none of that name"
						  : strerror(errno));
	return done(args, "it is gone for good");
}

int run_sickbay(const struct args *args)
{
	const char *action = args->operand[0];
	int (*run)(const struct args *args, const char *dir) = NULL;
	struct conf *conf;
	int status;

	if (args->operands == 1 && !strcmp(action, "list"))
		run = list;
	else if (args->operands == 2 && !strcmp(action, "get"))
		run = get;
	else if (args->operands == 2 && !strcmp(action, "purge"))
		run = purge;
	if (!run) {
		warnx("sickbay: «list», «get NAME» or «purge NAME»");
		return TOOL_USAGE;
	}
	if (geteuid() != 0)
		return ask_failed(args, "sickbay: only root can read its files");
	conf = conf_load(CONF_FILE, stderr);
	if (!conf)
		return ask_failed(args, "%s does not tell where the sick bay is", CONF_FILE);
	status = run(args, conf->state_dir);
	conf_free(conf);
	return status;
}
