/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/source.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/record.h"
#include "golden/archive.h"
#include "golden/build.h"
#include "golden/format.h"
#include "golden/image.h"
#include "golden/keylime.h"
#include "golden/learn.h"

/* Bytes by which a file's kind is told. */
#define PROBE 4096

static const char deb_suffix[] = ".deb";

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

static int append(struct sources *s, enum source_kind kind, const char *path)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct source *source;

		if (room > SOURCES_MAX)
			return -1;
		source = reallocarray(s->source, room, sizeof(*source));
		if (!source)
			return -1;
		s->source = source;
		s->room = room;
	}
	s->source[s->n] = (struct source){kind, strdup(path)};
	return s->source[s->n++].path ? 0 : -1;
}

static bool is_pack(int fd, off_t size)
{
	struct pack_trailer t;

	return size >= (off_t)sizeof(t) &&
	       pread(fd, &t, sizeof(t), size - (off_t)sizeof(t)) == (ssize_t)sizeof(t) &&
	       !memcmp(t.magic, PACK_MAGIC, sizeof(t.magic));
}

static enum source_kind kind_of(const char *path, int fd, off_t size)
{
	uint8_t probe[PROBE];
	ssize_t n = pread(fd, probe, sizeof(probe), 0);
	struct ima_record rec;
	const char *reason;

	if (is_pack(fd, size))
		return SOURCE_PACK;
	if (image_is(path))
		return SOURCE_IMAGE;
	if (n > 0 && record_parse(probe, (size_t)n, &rec, &reason) == RECORD_OK)
		return SOURCE_LOG;
	for (ssize_t i = 0; i < n; i++)
		if (!isspace(probe[i]))
			return probe[i] == '{' ? SOURCE_KEYLIME : SOURCE_ARCHIVE;
	return SOURCE_ARCHIVE; /* which will say what is wrong with it */
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_folder(struct sources *s, const char *path, char *error)
{
	char *const paths[] = {(char *)(uintptr_t)path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t before = s->n;
	FTSENT *e;
	int err = fts ? 0 : fail(error, path, strerror(errno));

	while (!err && (e = fts_read(fts))) {
		size_t len = e->fts_namelen;

		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			err = fail(error, e->fts_path, strerror(e->fts_errno));
		else if (e->fts_info == FTS_F && len > strlen(deb_suffix) &&
			 !strcmp(e->fts_name + len - strlen(deb_suffix), deb_suffix) &&
			 append(s, SOURCE_ARCHIVE, e->fts_path))
			err = fail(error, path, strerror(ENOMEM));
	}
	if (fts)
		fts_close(fts);
	if (!err && s->n == before)
		return fail(error, path, "no Debian package below it (for a root tree: --root)");
	return err;
}

int sources_add(struct sources *s, const char *path, char *error)
{
	struct stat st;
	int fd, err;

	if (!strcmp(path, "-"))
		return append(s, SOURCE_LOG, path) ? fail(error, path, strerror(ENOMEM)) : 0;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err = fail(error, path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		err = add_folder(s, path, error);
	else if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		err = fail(error, path, "neither a file nor a folder");
	else
		err = append(s, kind_of(path, fd, st.st_size), path)
			      ? fail(error, path, strerror(ENOMEM))
			      : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

void sources_free(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->source[i].path);
	free(s->source);
	*s = (struct sources){0};
}

static int read_pack(const char *path, struct values *out, char *error)
{
	char why[PACK_ERROR_MAX];
	struct pack *p = pack_open_path(path, why);
	int err;

	if (!p)
		return fail(error, path, why);
	err = values_take(out, p);
	if (err)
		fail(error, path, errno == EPROTO ? "inconsistent in itself" : strerror(errno));
	pack_close(p);
	return err;
}

static int read_archive(const struct source *s, const struct archive_options *options,
			struct values *out, struct source_result *result, char *error)
{
	struct archive_result r;

	if (archive_values(s->path, options, out, &r, error))
		return -1;
	result->bytes = r.bytes;
	result->unwanted = r.unwanted;
	result->package = r.package;
	return 0;
}

static int read_log(const struct source *s, struct values *out, struct source_result *result,
		    char *error)
{
	struct learn_result r;

	if (learn_values(s->path, out, &r, error))
		return -1;
	result->left_out = r.left_out;
	return 0;
}

static int read_image(const struct source *s, const struct alg *alg, struct values *out,
		      struct source_result *result, char *error)
{
	struct image_result r;

	if (image_values(s->path, alg, out, &r, error))
		return -1;
	result->bytes = r.bytes;
	result->left_out = r.left_out;
	return 0;
}

int source_read(const struct source *s, const struct archive_options *options, struct values *out,
		struct source_result *result, char *error)
{
	size_t before = out->n;
	int err = -1;

	*result = (struct source_result){0};
	switch (s->kind) {
	case SOURCE_ARCHIVE:
		err = read_archive(s, options, out, result, error);
		break;
	case SOURCE_PACK:
		err = read_pack(s->path, out, error);
		break;
	case SOURCE_KEYLIME:
		err = keylime_values(s->path, out, &result->left_out, error);
		break;
	case SOURCE_LOG:
		err = read_log(s, out, result, error);
		break;
	case SOURCE_IMAGE:
		err = read_image(s, options->alg, out, result, error);
		break;
	}
	result->files = out->n - before;
	return err;
}
