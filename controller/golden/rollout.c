/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/rollout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/packline.h"
#include "golden/policy.h"
#include "golden/publish.h"

/* Bytes of a policy, at most. */
#define POLICY_BYTES_MAX (1 << 20)

/* Keys of [packs] that name a pack. */
enum key { KEY_NONE, KEY_GOLDEN, KEY_RETIRED, KEY_DENIED };

/**
 * struct rewrite - a policy on its way into the new file
 * @name, @serial: of the new pack
 * @wrong:	why not; empty: nothing so far
 */
struct rewrite {
	const struct rollout *what;
	char name[PACK_NAME_MAX];
	uint32_t serial;
	bool in_packs;
	bool added; /* the new pack */
	bool replaced;
	char wrong[ROLLOUT_ERROR_MAX / 2];
};

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, ROLLOUT_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

/* Where a value ends: before blanks at its end, and before what inih takes for a comment. */
static size_t value_length(const char *value)
{
	size_t len = strcspn(value, "\r\n");

	for (size_t i = 1; i < len; i++)
		if (value[i] == ';' && (value[i - 1] == ' ' || value[i - 1] == '\t'))
			len = i;
	while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	return len;
}

/* A line of [packs]. Return: its key, KEY_NONE if it names no pack. */
static enum key read_line(const char *text, struct packline *out)
{
	static const char *const keys[] = {
		[KEY_GOLDEN] = "golden", [KEY_RETIRED] = "retired", [KEY_DENIED] = "denied"};
	const char *at = text + strspn(text, " \t");
	char value[PACKLINE_PATH_SIZE];
	size_t len = strcspn(at, " \t=:");
	enum key key = KEY_DENIED;

	while (key != KEY_NONE && (strlen(keys[key]) != len || strncmp(at, keys[key], len) != 0))
		key--;
	at += len;
	at += strspn(at, " \t");
	if (key == KEY_NONE || (*at != '=' && *at != ':'))
		return KEY_NONE;
	at++;
	at += strspn(at, " \t");
	len = value_length(at);
	if (len >= sizeof(value))
		return KEY_NONE;
	memcpy(value, at, len);
	value[len] = '\0';
	return packline_parse(out, value) ? KEY_NONE : key;
}

/* What the policy has said of the new pack's file is not taken back. */
static void check_same(struct rewrite *w, enum key key, const struct packline *line)
{
	if (key != KEY_GOLDEN)
		snprintf(w->wrong, sizeof(w->wrong),
			 "%.256s is %s here: if that is over, take the line out by hand",
			 line->path, key == KEY_RETIRED ? "retired" : "denied");
	else if (line->from > w->serial)
		snprintf(w->wrong, sizeof(w->wrong),
			 "%.256s has number %u, and the policy wants %u or more: it is an older "
			 "pack",
			 line->path, w->serial, line->from);
}

/* A pack of the same name with a greater number: the new one is not new. */
static void check_other(struct rewrite *w, const struct packline *line)
{
	char unused[PACK_ERROR_MAX];
	struct pack *pack = pack_open_path(line->path, unused); /* or there is nothing to compare */
	const struct pack_info *info = pack ? pack_info(pack) : NULL;

	if (info && !strcmp(info->name, w->name) && info->serial > w->serial)
		snprintf(w->wrong, sizeof(w->wrong),
			 "the new pack «%s» has number %u, and %.256s is number %u of it: it is an "
			 "older pack",
			 w->name, w->serial, line->path, info->serial);
	pack_close(pack);
}

static void write_pack(FILE *out, const char *key, const char *path, uint32_t from,
		       const char *until)
{
	fprintf(out, "%s = %s", key, path);
	if (from)
		fprintf(out, " from %u", from);
	if (until)
		fprintf(out, " until %s", until);
	fputc('\n', out);
}

static bool is_header(const char *text)
{
	static const char name[] = "packs";

	if (*text++ != '[')
		return false;
	text += strspn(text, " \t");
	if (strncmp(text, name, strlen(name)) != 0)
		return false;
	text += strlen(name);
	return text[strspn(text, " \t")] == ']';
}

static void rewrite_line(struct rewrite *w, FILE *out, const char *text)
{
	const struct rollout *r = w->what;
	struct packline line;
	enum key key = w->in_packs ? read_line(text, &line) : KEY_NONE;
	const char *first = text + strspn(text, " \t");
	bool same = key != KEY_NONE && !strcmp(line.path, r->pack);

	if (same)
		check_same(w, key, &line);
	else if (key == KEY_GOLDEN || key == KEY_RETIRED)
		check_other(w, &line);
	if (key == KEY_GOLDEN && r->replaces && !strcmp(line.path, r->replaces)) {
		w->replaced = true;
		write_pack(out, r->until ? "golden" : "retired", line.path, line.from, r->until);
	} else if (!same) {
		fputs(text, out); /* the pack itself was written behind the header */
	}
	if (*first != '[')
		return;
	w->in_packs = is_header(first);
	if (w->in_packs && !w->added) {
		write_pack(out, "golden", r->pack, w->serial, NULL);
		w->added = true;
	}
}

/* Return: false with a reason in w->wrong. */
static bool rewrite_all(struct rewrite *w, FILE *in, FILE *out)
{
	char *line = NULL;
	size_t room = 0;
	const char *wrong = NULL;

	while (!w->wrong[0] && getline(&line, &room, in) > 0)
		rewrite_line(w, out, line);
	free(line);
	if (w->wrong[0])
		return false;
	if (ferror(in) || fflush(out) || fsync(fileno(out)))
		wrong = strerror(errno);
	else if (!w->added)
		wrong = "no section [packs]: is it a policy?";
	else if (w->what->replaces && !w->replaced)
		wrong = "the pack to be replaced is not among its golden ones";
	if (wrong)
		snprintf(w->wrong, sizeof(w->wrong), "%s", wrong);
	return !wrong;
}

/* The errors of a policy, in one line. */
static int check(const char *path, char *error)
{
	char *errors = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&errors, &len);
	struct policy *p = out ? policy_load(path, NULL, out) : NULL;
	int err = 0;

	if (out)
		fclose(out);
	if (!p)
		err = fail(error, "it would be no policy", errors ? errors : strerror(ENOMEM));
	error[strcspn(error, "\n")] = '\0';
	free(errors);
	policy_free(p);
	return err;
}

static int write_new(struct rewrite *w, FILE *in, const char *temporary, int fd, char *error)
{
	const char *policy = w->what->policy;
	FILE *out = fdopen(fd, "w");
	struct stat st;
	bool good;

	if (!out) {
		close(fd);
		return fail(error, temporary, strerror(errno));
	}
	good = rewrite_all(w, in, out);
	if (good && (fstat(fileno(in), &st) || fchmod(fileno(out), st.st_mode & 0777))) {
		snprintf(w->wrong, sizeof(w->wrong), "%s", strerror(errno));
		good = false;
	}
	fclose(out);
	if (!good)
		return fail(error, policy, w->wrong);
	error[0] = '\0';
	if (check(temporary, error))
		return -1;
	return rename(temporary, policy) ? fail(error, policy, strerror(errno)) : 0;
}

/* Return: 0, or -1 after a message: what is no pack is none to roll out. */
static int look_at_pack(struct rewrite *w, char *error)
{
	char wrong[PACK_ERROR_MAX];
	struct pack *pack = pack_open_path(w->what->pack, wrong);

	if (!pack)
		return fail(error, w->what->pack, wrong);
	w->serial = pack_info(pack)->serial;
	memcpy(w->name, pack_info(pack)->name, sizeof(w->name));
	pack_close(pack);
	return 0;
}

int rollout(const struct rollout *r, char *error)
{
	FILE *in = fopen(r->policy, "re");
	struct rewrite w = {.what = r};
	struct stat st;
	char *temporary;
	int fd, err;

	if (!in)
		return fail(error, r->policy, strerror(errno));
	if (fstat(fileno(in), &st) || !S_ISREG(st.st_mode) || st.st_size > POLICY_BYTES_MAX) {
		fclose(in);
		return fail(error, r->policy, "not a file, or too long for a policy");
	}
	if (look_at_pack(&w, error) || asprintf(&temporary, "%s.XXXXXX", r->policy) < 0) {
		fclose(in);
		return -1;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	err = fd < 0 ? fail(error, temporary, strerror(errno))
		     : write_new(&w, in, temporary, fd, error);
	if (fd >= 0 && err)
		unlink(temporary);
	if (!err && publish_sync(r->policy))
		err = fail(error, r->policy, strerror(errno));
	free(temporary);
	fclose(in);
	return err;
}
