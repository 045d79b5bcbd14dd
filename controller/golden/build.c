/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/build.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/pack.h"
#include "golden/tree.h"
#include "golden/writer.h"

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

static int write_tree(int fd, const struct tree *t, const struct build_options *options)
{
	const struct alg *sha256 = alg_by_name("sha256", 6);
	struct golden *golden = calloc(t->files + 1, sizeof(*golden));
	int err;

	if (!golden)
		return -1;
	for (size_t i = 0; i < t->files; i++)
		golden[i] = (struct golden){t->file[i].path, sha256, t->file[i].digest};
	err = pack_write(fd, golden, t->files, options->name, options->built);
	free(golden);
	return err;
}

/* The rename is only durable when the directory is. */
static int sync_directory(const char *output)
{
	char *copy = strdup(output);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, err;

	free(copy);
	if (fd < 0)
		return -1;
	err = fsync(fd);
	close(fd);
	return err;
}

/* Readers see the old pack or the new one, never a part. */
static int replace(const char *output, const struct tree *t, const struct build_options *options,
		   char *error)
{
	char *temporary;
	int fd, err = -1;

	if (asprintf(&temporary, "%s.XXXXXX", output) < 0)
		return fail(error, output, strerror(ENOMEM));
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		fail(error, temporary, strerror(errno));
		free(temporary);
		return -1;
	}
	if (write_tree(fd, t, options) || fchmod(fd, 0644) || fsync(fd) ||
	    rename(temporary, output)) {
		fail(error, output, strerror(errno));
		unlink(temporary);
	} else {
		err = sync_directory(output) ? fail(error, output, strerror(errno)) : 0;
	}
	close(fd);
	free(temporary);
	return err;
}

int pack_build(const char *root, const char *output, const struct build_options *options,
	       struct build_result *result, char *error)
{
	struct tree t;
	int err;

	if (check_name(options->name, error))
		return -1;
	err = tree_walk(&t, root, options->one_file_system, error);
	if (!err)
		err = tree_hash(&t, options->progress, options->arg, error);
	if (!err)
		err = replace(output, &t, options, error);
	if (!err && result)
		*result = (struct build_result){
			.files = t.files,
			.bytes = t.bytes,
			.skipped = t.skipped,
		};
	tree_free(&t);
	return err;
}
