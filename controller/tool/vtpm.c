// SPDX-License-Identifier: GPL-2.0-or-later
/* TPMs of VMs: which there are, their end, and their way to another host. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "tool/ask.h"
#include "tool/table.h"
#include "vtpm/move.h"

#define CONF_FILE SYSCONFDIR "/lazaret/lazaretd.conf"
#define PATH_SIZE 4200

static const struct column columns[] = {
	{"NAME", false}, {"TPM", false}, {"GOOD STARTS", true}, {"UUID", false}};

static void print(const json_t *answer)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(answer, "tpms"), i, row) {
		table_add(table, TEXT_PLAIN, text_of(row, "name"));
		table_add(table, TEXT_PLAIN, text_of(row, "state"));
		table_add_number(table, TEXT_PLAIN,
				 json_integer_value(json_object_get(row, "enrolled")));
		table_add(table, TEXT_DIM, text_of(row, "uuid"));
	}
	table_print(table, 0, stdout);
}

static int list(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("tpms", NULL, NULL), &status);

	if (!answer)
		return status;
	if (args->json)
		ask_print_json(answer);
	else
		print(answer);
	json_decref(answer);
	return status;
}

/* Says how it ended: @text about operand 1. Takes @answer. */
static int done(const struct args *args, json_t *answer, int status, const char *text)
{
	if (answer && args->json)
		ask_print_json(answer);
	else if (answer)
		printf("%s: %s\n", args->operand[1], text);
	json_decref(answer);
	return status;
}

static int remove_tpm(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("tpm-remove", args->operand[1], NULL), &status);

	return done(args, answer, status, "its TPM is removed, with all keys in it");
}

/* Return: the configuration, which tells where TPMs are; NULL after a message. */
static struct conf *load(const struct args *args, struct move_pass *pass)
{
	const char *why = move_pass_read(args->key, pass);
	struct conf *conf;

	if (why) {
		ask_failed(args, "%s: %s", args->key, why);
		return NULL;
	}
	if (geteuid() != 0) {
		ask_failed(args, "vtpm %s: only root can read the files of a TPM",
			   args->operand[0]);
		return NULL;
	}
	conf = conf_load(CONF_FILE, stderr);
	if (!conf)
		ask_failed(args, "%s does not tell where TPMs are", CONF_FILE);
	return conf;
}

static const char *write_file(const struct args *args, const struct conf *conf, const json_t *vm,
			      const struct move_pass *pass)
{
	char tmp[PATH_SIZE];
	const char *why;
	mode_t mask = umask(077);
	FILE *out;

	snprintf(tmp, sizeof(tmp), "%s.new", args->output);
	out = fopen(tmp, "we");
	umask(mask);
	if (!out)
		return strerror(errno);
	why = move_pack(conf->state_dir, vm, pass, out);
	if ((fflush(out) || fsync(fileno(out))) && !why)
		why = strerror(errno);
	if (fclose(out) && !why)
		why = strerror(errno);
	if (!why && rename(tmp, args->output) < 0)
		why = strerror(errno);
	if (why)
		unlink(tmp);
	return why;
}

static int export_tpm(const struct args *args)
{
	struct move_pass pass;
	struct conf *conf = load(args, &pass);
	json_t *answer = NULL;
	const char *why;
	int status = TOOL_FAILED;

	if (conf)
		answer = ask(args, ask_request("tpm-export", args->operand[1], NULL), &status);
	if (answer) {
		why = write_file(args, conf, answer, &pass);
		status = TOOL_OK;
		if (why)
			status = ask_failed(args,
					    "%s: %s; nothing is lost: its TPM is only marked as "
					    "moved, and may be exported again",
					    args->output, why);
	}
	if (!status && args->json)
		ask_answer(json_pack("{s:b,s:s,s:s}", "ok", 1, "vm", args->operand[1], "output",
				     args->output));
	else if (!status)
		printf("%s: its TPM is in %s, and does not start on this host any more\n",
		       args->operand[1], args->output);
	json_decref(answer);
	conf_free(conf);
	explicit_bzero(&pass, sizeof(pass));
	return status;
}

/* First the daemon, which knows what is in use; then the files. */
static int take_in(const struct args *args, const struct conf *conf, const json_t *vm)
{
	json_t *request = ask_request("tpm-import", NULL, NULL), *answer;
	const char *why;
	int status;

	json_object_set_new(request, "moved",
			    json_pack("{s:O,s:O,s:O*}", "uuid", json_object_get(vm, "uuid"), "name",
				      json_object_get(vm, "name"), "tpm",
				      json_object_get(vm, "tpm")));
	answer = ask(args, request, &status);
	if (!answer)
		return status;
	why = move_place(conf->state_dir, vm);
	if (!why)
		return done(args, answer, status, "it is here, and used when its VM starts");
	json_decref(answer);
	return ask_failed(args, "%s: %s", args->operand[1], why);
}

static int import_tpm(const struct args *args)
{
	struct move_pass pass;
	struct conf *conf = load(args, &pass);
	FILE *in = conf ? fopen(args->operand[1], "re") : NULL;
	json_t *vm = NULL;
	const char *why = in ? move_open(in, &pass, &vm) : strerror(errno);
	int status = TOOL_FAILED;

	if (conf && why)
		ask_failed(args, "%s: %s", args->operand[1], why);
	else if (conf)
		status = take_in(args, conf, vm);
	if (in)
		fclose(in);
	json_decref(vm);
	conf_free(conf);
	explicit_bzero(&pass, sizeof(pass));
	return status;
}

int run_vtpm(const struct args *args)
{
	const char *action = args->operand[0];

	if (!strcmp(action, "list") && args->operands == 1)
		return list(args);
	if (!strcmp(action, "remove") && args->operands == 2)
		return remove_tpm(args);
	if (!strcmp(action, "export") && args->operands == 2 && args->key && args->output)
		return export_tpm(args);
	if (!strcmp(action, "import") && args->operands == 2 && args->key)
		return import_tpm(args);
	warnx("vtpm: «vtpm list», «vtpm remove VM», «vtpm export VM --key=FILE --output=FILE», "
	      "or «vtpm import FILE --key=FILE»");
	return TOOL_USAGE;
}
