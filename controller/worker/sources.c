/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/sources.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/hasher.h"

#define BLOCK	  65536
#define FILE_MAX  (256u << 20) /* bytes of a file that is restored: it is held in memory */
#define PATH_SIZE 4096
#define ALGS_MAX  8 /* that one policy's packs have */

struct gather {
	struct rows *rows;
	const char *to;
	struct hasher hasher[ALGS_MAX];
	size_t hashers;
	char *error;
	size_t size;
};

static int fail(struct gather *g, const char *what, const char *why)
{
	snprintf(g->error, g->size, "%.120s: %.100s", what, why ? why : "damaged");
	return -1;
}

static int add_alg(struct gather *g, const struct alg *alg)
{
	for (size_t i = 0; i < g->hashers; i++)
		if (g->hasher[i].alg == alg)
			return 0;
	if (g->hashers == ALGS_MAX || hasher_open(&g->hasher[g->hashers], alg) < 0)
		return fail(g, alg->name, "can't be computed");
	g->hashers++;
	return 0;
}

static int write_content(struct gather *g, struct row *row, const uint8_t *data, size_t len)
{
	char path[PATH_SIZE];
	FILE *out;
	bool ok;

	snprintf(path, sizeof(path), "%s/%zu", g->to, (size_t)(row - g->rows->row));
	out = fopen(path, "we");
	ok = out && fwrite(data, 1, len, out) == len;
	if (out && fclose(out) == EOF)
		ok = false;
	row->content = ok ? strdup(path) : NULL;
	return row->content ? 0 : fail(g, path, strerror(errno));
}

static int take_attributes(struct gather *g, struct row *row, struct archive_entry *e)
{
	row->mode = archive_entry_perm(e);
	row->uid = (uid_t)archive_entry_uid(e);
	row->gid = (gid_t)archive_entry_gid(e);
	row->mtime = archive_entry_mtime(e);
	return xattrs_take(&row->xattrs, e) < 0 ? fail(g, row->shown, strerror(errno)) : 0;
}

/* For each row that it is the content of. */
static int offer(struct gather *g, struct archive_entry *e, const uint8_t *data, size_t len)
{
	uint8_t digest[ALG_DIGEST_MAX];

	for (size_t h = 0; h < g->hashers; h++) {
		struct hasher *hasher = &g->hasher[h];

		if (hasher_start(hasher) < 0 || hasher_add(hasher, data, len) < 0 ||
		    hasher_end(hasher, digest) < 0)
			return fail(g, archive_entry_pathname(e), hasher_failed);
		for (size_t i = 0; i < g->rows->n; i++) {
			struct row *row = &g->rows->row[i];

			if (!row->restore || row->content || row->expected.alg != hasher->alg ||
			    memcmp(row->expected.bytes, digest, hasher->alg->size) != 0)
				continue;
			if (take_attributes(g, row, e) < 0 || write_content(g, row, data, len) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_entry(struct gather *g, struct archive *a, struct archive_entry *e)
{
	int64_t size = archive_entry_size(e);
	uint8_t *data;
	int rc = -1;

	if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) ||
	    size > (int64_t)FILE_MAX)
		return 0;
	data = malloc((size_t)size + 1);
	if (!data || archive_read_data(a, data, (size_t)size) != size)
		fail(g, archive_entry_pathname(e), archive_error_string(a));
	else
		rc = offer(g, e, data, (size_t)size);
	free(data);
	return rc;
}

static int read_entries(struct gather *g, struct archive *a, const char *name)
{
	struct archive_entry *e;
	int status;

	while ((status = archive_read_next_header(a, &e)) == ARCHIVE_OK || status == ARCHIVE_WARN)
		if (read_entry(g, a, e) < 0)
			return -1;
	return status == ARCHIVE_EOF ? 0 : fail(g, name, archive_error_string(a));
}

static la_ssize_t read_member(struct archive *inner, void *outer, const void **data)
{
	la_int64_t offset;
	size_t len = 0;
	int status = archive_read_data_block(outer, data, &len, &offset);

	if (status == ARCHIVE_EOF)
		return 0;
	if (status == ARCHIVE_OK || status == ARCHIVE_WARN)
		return (la_ssize_t)len;
	archive_set_error(inner, archive_errno(outer), "%s", archive_error_string(outer));
	return -1;
}

/* @outer is at the data.tar of a package (deb(5)). */
static int read_package(struct gather *g, struct archive *outer, const char *name)
{
	struct archive *inner = archive_read_new();
	int rc;

	archive_read_support_format_tar(inner);
	archive_read_support_filter_all(inner);
	rc = archive_read_open(inner, outer, NULL, read_member, NULL) == ARCHIVE_OK
		     ? read_entries(g, inner, name)
		     : fail(g, name, archive_error_string(inner));
	archive_read_free(inner);
	return rc;
}

static bool is_deb(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".deb");
}

static int read_archive(struct gather *g, const char *path, const char *name)
{
	bool deb = is_deb(name);
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int rc = 0;

	if (deb) {
		archive_read_support_format_ar(a);
	} else {
		archive_read_support_format_tar(a);
		archive_read_support_filter_all(a);
	}
	if (archive_read_open_filename(a, path, BLOCK) != ARCHIVE_OK)
		rc = fail(g, name, archive_error_string(a));
	else if (!deb)
		rc = read_entries(g, a, name);
	while (deb && !rc && archive_read_next_header(a, &e) == ARCHIVE_OK)
		if (!strncmp(archive_entry_pathname(e), "data.tar", 8))
			rc = read_package(g, a, name);
	archive_read_free(a);
	return rc;
}

static int read_all(struct gather *g, const char *dir, bool debs)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[PATH_SIZE];
	int rc = 0;

	if (!d)
		return errno == ENOENT ? 0 : fail(g, dir, strerror(errno));
	while (!rc && (e = readdir(d))) {
		if (e->d_name[0] == '.' || is_deb(e->d_name) != debs)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		rc = read_archive(g, path, e->d_name);
	}
	closedir(d);
	return rc;
}

/* Nothing is changed unless all can be. */
static int check(struct gather *g)
{
	for (size_t i = 0; i < g->rows->n; i++)
		if (g->rows->row[i].restore && !g->rows->row[i].content)
			return fail(g, g->rows->row[i].shown,
				    "no package in remedy-packages has its golden content");
	return 0;
}

int sources_gather(struct rows *rows, const char *dir, const char *to, char *error, size_t size)
{
	struct gather g = {.rows = rows, .to = to, .error = error, .size = size};
	int rc = mkdir(to, 0700) < 0 ? fail(&g, to, strerror(errno)) : 0;

	for (size_t i = 0; !rc && i < rows->n; i++)
		if (rows->row[i].restore)
			rc = add_alg(&g, rows->row[i].expected.alg);
	for (int debs = 0; !rc && g.hashers && debs < 2; debs++)
		rc = read_all(&g, dir, debs);
	if (!rc)
		rc = check(&g);
	for (size_t i = 0; i < g.hashers; i++)
		hasher_close(&g.hasher[i]);
	return rc;
}
