// SPDX-License-Identifier: GPL-2.0-or-later
/* Golden packs: needs no daemon. */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hex.h"
#include "golden/build.h"
#include "golden/pack.h"
#include "tool/ask.h"
#include "tool/golden.h"
#include "tool/pack.h"

#define PACK_SUFFIX ".pack"
#define EPOCH_ENV   "SOURCE_DATE_EPOCH" /* reproducible-builds.org: seconds since 1970 */

struct progress {
	int percent; /* shown last */
};

static void show_progress(uint64_t done, uint64_t total, void *arg)
{
	struct progress *progress = arg;
	int percent = total ? done * 100 / total : 100;

	if (percent == progress->percent)
		return;
	progress->percent = percent;
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 ", %d %%", done, total, percent);
}

/* The file's own name without its suffix, as far as a pack's name can hold it. */
static void name_of_file(char name[PACK_NAME_MAX], const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t len = strlen(file), suffix = strlen(PACK_SUFFIX);

	if (len > suffix && !strcmp(file + len - suffix, PACK_SUFFIX))
		len -= suffix;
	if (len > PACK_NAME_MAX - 1)
		len = PACK_NAME_MAX - 1;
	for (size_t i = 0; i < len; i++)
		name[i] = file[i] > ' ' && file[i] <= '~' ? file[i] : '_';
	name[len] = '\0';
}

/* Return: false after a message. */
static bool build_time(uint64_t *seconds)
{
	const char *text = getenv(EPOCH_ENV);
	char *end;

	*seconds = 0;
	if (!text || !*text)
		return true;
	errno = 0;
	*seconds = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno)
		return true;
	warnx(EPOCH_ENV " must be a number of seconds, not «%s»", text);
	return false;
}

static int report(const struct args *args, const char *path, const struct build_result *built)
{
	struct pack *pack = tool_open_pack(path); /* what was written can be read again */
	char id[2 * sizeof(((struct pack_info *)0)->id) + 1], signer[2 * SIGN_KEY_SIZE + 1] = "";
	const struct pack_info *info;
	json_t *answer;

	if (!pack)
		return TOOL_FAILED;
	info = pack_info(pack);
	hex_encode(id, info->id, sizeof(info->id));
	if (info->is_signed)
		hex_encode(signer, info->signer, sizeof(info->signer));
	answer = json_pack("{s:b,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s}", "ok", 1, "pack", path, "name",
			   info->name, "id", id, "built", (json_int_t)info->built, "paths",
			   (json_int_t)info->paths, "digests", (json_int_t)info->digests, "serial",
			   (json_int_t)info->serial, "signer", signer);
	if (!answer)
		errx(TOOL_FAILED, "no memory, or a file name that is not UTF-8: use --name");
	if (built) {
		json_object_set_new(answer, "files", json_integer((json_int_t)built->files));
		json_object_set_new(answer, "bytes", json_integer((json_int_t)built->bytes));
		json_object_set_new(answer, "skipped", json_integer((json_int_t)built->skipped));
		json_object_set_new(answer, "packages", json_integer((json_int_t)built->packages));
		json_object_set_new(answer, "resumed", json_integer((json_int_t)built->resumed));
		json_object_set_new(answer, "unwanted", json_integer((json_int_t)built->unwanted));
	}
	if (args->json) {
		ask_print_json(answer);
	} else {
		printf("%s: pack «%s», %" PRIu64 " paths, %" PRIu64 " digests, number %u, id %s\n",
		       path, info->name, info->paths, info->digests, info->serial, id);
		printf("%s%s\n", *signer ? "signed by " : "not signed", signer);
		if (built)
			printf("%" PRIu64 " files, %" PRIu64 " MiB hashed, %" PRIu64
			       " left out; %" PRIu64 " packages, %" PRIu64 " not in the list\n",
			       built->files, built->bytes >> 20, built->skipped, built->packages,
			       built->unwanted);
		if (built && built->resumed)
			printf("%" PRIu64
			       " archives had been read by a build that was interrupted\n",
			       built->resumed);
	}
	json_decref(answer);
	pack_close(pack);
	return TOOL_OK;
}

static int build(const struct args *args)
{
	struct progress progress = {.percent = -1};
	struct build_options options = {
		.name = args->name,
		.root = args->root,
		.one_file_system = args->one_file_system,
		.source = args->operand + 1,
		.sources = (size_t)args->operands - 1,
		.list = args->list,
		.split_usr = args->split_usr,
		.key = args->key,
	};
	char name[PACK_NAME_MAX], error[BUILD_ERROR_MAX];
	struct build_result result;
	int rc;

	if (!args->output || (!args->root && !options.sources)) {
		warnx("golden build: takes --output=FILE, and --root=DIR or files: packages, "
		      "folders "
		      "of packages, packs, IMA lists, policies of Keylime");
		return TOOL_USAGE;
	}
	if (!build_time(&options.built))
		return TOOL_USAGE;
	if (args->hash) {
		options.alg = alg_by_name(args->hash, strlen(args->hash));
		if (!options.alg) {
			warnx("golden build: «%s» is no algorithm that is known: sha1, sha256, "
			      "sha384, sha512, sm3, sha3-256, sha3-384, sha3-512, …",
			      args->hash);
			return TOOL_USAGE;
		}
	}
	if (build_serial(args->output, args->serial, &options.serial, error))
		return ask_failed(args, "%s", error);
	if (!options.name) {
		name_of_file(name, args->output);
		options.name = name;
	}
	if (isatty(STDERR_FILENO)) {
		options.progress = show_progress;
		options.arg = &progress;
	}
	rc = pack_build(args->output, &options, &result, error);
	if (progress.percent >= 0)
		fputs("\r\033[K", stderr);
	if (!rc)
		return report(args, args->output, &result);
	return ask_failed(args, "%s", error);
}

static int show(const struct args *args)
{
	return report(args, args->operand[1], NULL);
}

/* What «golden» can do; operands without the first. */
static const struct {
	const char *name;
	int min, max;
	int (*run)(const struct args *args);
} actions[] = {
	{"build", 0, INT_MAX, build},	   {"show", 1, 1, show},
	{"list", 1, 2, golden_list},	   {"explain", 2, 2, golden_explain},
	{"diff", 2, 2, golden_diff},	   {"export", 1, 1, golden_export},
	{"rollout", 2, 2, golden_rollout}, {"keygen", 1, 1, golden_keygen},
	{"sign", 1, 1, golden_sign},	   {"verify", 1, 1, golden_verify},
};

int run_golden(const struct args *args)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(args->operand[0], actions[i].name) &&
		    args->operands - 1 >= actions[i].min && args->operands - 1 <= actions[i].max)
			return actions[i].run(args);
	warnx("golden: «build … SOURCE…», «show PACK», «list PACK [PATH]», «explain PACK "
	      "PATH|DIGEST», «diff OLD NEW», «export PACK», «keygen FILE», «sign PACK», «verify "
	      "PACK» "
	      "or «rollout POLICY PACK»");
	return TOOL_USAGE;
}
