/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/gather.h"
#include "golden/hasher.h"
#include "golden/pack.h"
#include "golden/packline.h"
#include "golden/partial.h"
#include "golden/publish.h"
#include "golden/tree.h"

/* Packages that a message names, of those that are missing. */
#define MISSING_NAMED 5

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

static int check_name(const char *name, char *error)
{
	if (!*name || strlen(name) >= PACK_NAME_MAX)
		return fail(error, "name", "empty or too long");
	for (const char *c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			return fail(error, "name", "not printable ASCII");
	return 0;
}

static int add_tree(const struct build_options *options, struct values *out,
		    struct build_result *result, char *error)
{
	const struct alg *alg = options->alg ? options->alg : hasher_default();
	struct tree t;
	int err = tree_walk(&t, options->root, options->one_file_system, error);

	if (!err)
		err = tree_hash(&t, alg, options->progress, options->arg, error);
	for (size_t i = 0; i < t.files && !err; i++)
		if (values_add(out, t.file[i].path, strlen(t.file[i].path), alg, t.file[i].digest))
			err = fail(error, t.file[i].path, strerror(errno));
	result->files += t.files;
	result->bytes += t.bytes;
	result->skipped += t.skipped;
	tree_free(&t);
	return err;
}

/* All that is in the list must have been found. */
static int check_complete(const struct debian_list *list, const struct sources *sources,
			  const struct source_result *found, char *error)
{
	bool *seen = calloc(list->n, sizeof(*seen));
	size_t missing = 0;
	int len = 0;

	if (!seen)
		return fail(error, "packages", strerror(ENOMEM));
	for (size_t i = 0; i < sources->n; i++) {
		long at = found[i].package.name[0] ? debian_list_find(list, &found[i].package) : -1;

		if (at >= 0)
			seen[at] = true;
	}
	for (size_t i = 0; i < list->n && len < BUILD_ERROR_MAX; i++) {
		const struct debian_package *p = &list->package[i];

		if (!seen[i] && missing++ < MISSING_NAMED)
			len += snprintf(error + len, BUILD_ERROR_MAX - (size_t)len, " %s:%s=%s",
					p->name, p->arch, p->version);
	}
	free(seen);
	if (!missing)
		return 0;
	memmove(error, error + 1, strlen(error));
	len = (int)strlen(error);
	snprintf(error + len, BUILD_ERROR_MAX - (size_t)len,
		 "%s: %zu packages of the list are not among the files; «apt-get download» gets "
		 "them",
		 missing > MISSING_NAMED ? " …" : "", missing);
	return -1;
}

static int add_sources(const struct build_options *options, struct partial *partial,
		       struct values *out, struct build_result *result, char *error)
{
	struct archive_options how = {
		.split_usr = options->split_usr, .alg = options->alg, .partial = partial};
	struct sources sources = {0};
	struct debian_list list = {0};
	struct source_result *found;
	int err = 0;

	for (size_t i = 0; i < options->sources && !err; i++)
		err = sources_add(&sources, options->source[i], error);
	if (!err && options->list) {
		err = debian_list_read(options->list, &list, error);
		how.wanted = &list;
	}
	found = calloc(sources.n + 1, sizeof(*found));
	if (!err && !found)
		err = fail(error, "sources", strerror(ENOMEM));
	if (!err)
		err = gather(&sources, &how, out, found, options->progress, options->arg, error);
	if (!err && options->list)
		err = check_complete(&list, &sources, found, error);
	for (size_t i = 0; i < sources.n && !err; i++) {
		result->files += found[i].files;
		result->bytes += found[i].bytes;
		result->skipped += found[i].left_out;
		result->packages += found[i].package.name[0] && !found[i].unwanted;
		result->unwanted += found[i].unwanted;
	}
	free(found);
	debian_list_free(&list);
	sources_free(&sources);
	return err;
}

int pack_build(const char *output, const struct build_options *options, struct build_result *result,
	       char *error)
{
	struct values values = {0};
	struct build_result r = {0};
	const struct pack_label label = {options->name, options->built, options->serial};
	struct partial *partial = NULL;
	int err = check_name(options->name, error);

	if (!err && options->root)
		err = add_tree(options, &values, &r, error);
	if (!err && options->sources) {
		partial = partial_open(output, options->alg ? options->alg : hasher_default(),
				       options->split_usr, error);
		err = partial ? add_sources(options, partial, &values, &r, error) : -1;
	}
	if (!err && !values.n)
		err = fail(error, output, "not one golden value: nothing is written");
	if (!err)
		err = publish(output, &values, &label, options->key, error);
	if (partial)
		r.resumed = partial_taken(partial);
	partial_close(partial, !err);
	if (!err && result)
		*result = r;
	values_free(&values);
	return err;
}

int build_serial(const char *output, const char *wanted, uint32_t *serial, char *error)
{
	char unused[PACK_ERROR_MAX];
	struct pack *old = pack_open_path(output, unused); /* there need be none */
	uint32_t before = old ? pack_info(old)->serial : 0;

	pack_close(old);
	if (!wanted && before == UINT32_MAX)
		return fail(error, output, "has the last number there is");
	*serial = before + 1;
	if (!wanted)
		return 0;
	if (packline_number(wanted, serial))
		return fail(error, wanted, "not the number of a pack: below 2^32");
	if (*serial > before || !old)
		return 0;
	snprintf(error, BUILD_ERROR_MAX,
		 "%s: the pack that is there has number %u: a greater one is needed, or that pack "
		 "is to be removed first",
		 output, before);
	return -1;
}
