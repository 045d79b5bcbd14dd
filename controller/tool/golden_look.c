// SPDX-License-Identifier: GPL-2.0-or-later
/* The values of packs: listed, explained, compared, exported. */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "golden/keylime.h"
#include "golden/values.h"
#include "tool/ask.h"
#include "tool/golden.h"
#include "tool/pack.h"
#include "tool/text.h"

static int compare(const struct golden *a, const struct golden *b)
{
	int order = strcmp(a->path, b->path);

	if (order)
		return order;
	if (a->alg != b->alg)
		return a->alg->id - b->alg->id;
	return memcmp(a->digest, b->digest, a->alg->size);
}

static int by_value(const void *a, const void *b)
{
	return compare(a, b);
}

/* All values of a pack, by path. Return: false after a message. */
static bool read_values(const char *file, struct values *out)
{
	struct pack *pack = tool_open_pack(file);
	bool good;

	*out = (struct values){0};
	if (!pack)
		return false;
	good = !values_take(out, pack);
	if (!good)
		warnx("%s: %s", file, errno == EPROTO ? "inconsistent in itself" : strerror(errno));
	else if (out->n)
		qsort(out->value, out->n, sizeof(*out->value), by_value);
	pack_close(pack);
	if (!good)
		values_free(out);
	return good;
}

/* A line for one value, with a mark before it (of golden diff). */
static void print_value(const struct args *args, const char *mark, const struct golden *g)
{
	char hex[2 * ALG_DIGEST_MAX + 1], *path;
	json_t *out;

	hex_encode(hex, g->digest, g->alg->size);
	path = text_safe(g->path);
	if (!args->json) {
		printf("%s%s:%s %s%s%s%s\n", mark, g->alg->name, hex, path, g->origin ? " (" : "",
		       g->origin ? g->origin : "", g->origin ? ")" : "");
		free(path);
		return;
	}
	out = json_pack("{s:s,s:s,s:s,s:s}", "path", path, "algorithm", g->alg->name, "digest", hex,
			"version", g->origin ? g->origin : "");
	free(path);
	if (*mark)
		json_object_set_new(out, "change", json_string(*mark == '+' ? "added" : "removed"));
	ask_print_json(out);
	json_decref(out);
}

/* Whether a path is another one, or below it. */
static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	while (len && top[len - 1] == '/')
		len--;
	return !strncmp(path, top, len) && (path[len] == '/' || !path[len]);
}

int golden_list(const struct args *args)
{
	struct values v;

	if (!read_values(args->operand[1], &v))
		return TOOL_FAILED;
	for (size_t i = 0; i < v.n; i++)
		if (args->operands < 3 || is_below(v.value[i].path, args->operand[2]))
			print_value(args, "", &v.value[i]);
	values_free(&v);
	return TOOL_OK;
}

int golden_explain(const struct args *args)
{
	const char *what = args->operand[2], *colon = strchr(what, ':');
	const char *digits = colon ? colon + 1 : what;
	uint8_t digest[ALG_DIGEST_MAX];
	int size = *what == '/' ? -1 : hex_decode(digest, sizeof(digest), digits);
	struct values v;
	size_t found = 0;

	if (*what != '/' && size <= 0) {
		warnx("golden explain: «%s» is neither an absolute path nor a digest", what);
		return TOOL_USAGE;
	}
	if (!read_values(args->operand[1], &v))
		return TOOL_FAILED;
	for (size_t i = 0; i < v.n; i++) {
		const struct golden *g = &v.value[i];

		if (size < 0 ? strcmp(g->path, what)
			     : g->alg->size != size || memcmp(g->digest, digest, (size_t)size))
			continue;
		print_value(args, "", g);
		found++;
	}
	values_free(&v);
	if (!found)
		warnx("%s: knows nothing of «%s»", args->operand[1], what);
	return found ? TOOL_OK : TOOL_FAILED;
}

int golden_diff(const struct args *args)
{
	struct values old, new;
	uint64_t added = 0, removed = 0;

	if (!read_values(args->operand[1], &old))
		return TOOL_FAILED;
	if (!read_values(args->operand[2], &new)) {
		values_free(&old);
		return TOOL_FAILED;
	}
	for (size_t i = 0, k = 0; i < old.n || k < new.n;) {
		int order = i == old.n	 ? 1
			    : k == new.n ? -1
					 : compare(&old.value[i], &new.value[k]);

		if (order < 0)
			print_value(args, "- ", &old.value[i]);
		if (order > 0)
			print_value(args, "+ ", &new.value[k]);
		removed += order < 0;
		added += order > 0;
		i += order <= 0;
		k += order >= 0;
	}
	if (!args->json)
		printf("%" PRIu64 " values added, %" PRIu64 " removed, %zu now\n", added, removed,
		       new.n);
	values_free(&old);
	values_free(&new);
	return added || removed ? TOOL_FAILED : TOOL_OK;
}

int golden_export(const struct args *args)
{
	uint64_t left_out;
	struct values v;
	FILE *out;
	int err;

	if (!args->output) {
		warnx("golden export: takes --output=FILE");
		return TOOL_USAGE;
	}
	if (!read_values(args->operand[1], &v))
		return TOOL_FAILED;
	out = fopen(args->output, "we");
	err = !out || keylime_write(out, &v, &left_out);
	if (out && fclose(out))
		err = -1;
	if (err)
		ask_failed(args, "%s: %s", args->output, strerror(errno));
	if (!err && left_out)
		warnx("%" PRIu64 " paths are left out: JSON can't hold what is not UTF-8",
		      left_out);
	if (!err && args->json)
		ask_answer(json_pack("{s:b,s:s,s:s,s:I,s:I}", "ok", 1, "pack", args->operand[1],
				     "output", args->output, "values", (json_int_t)v.n, "left_out",
				     (json_int_t)left_out));
	values_free(&v);
	return err ? TOOL_FAILED : TOOL_OK;
}
