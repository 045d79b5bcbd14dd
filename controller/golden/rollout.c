/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/rollout.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/policy.h"

static const char until_word[] = " until ";

struct rewrite {
	const struct rollout *what;
	bool in_packs;
	bool added; /* the new pack */
	bool replaced;
};

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, ROLLOUT_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

/* The value of «golden = …», without what is around it; NULL: another line. */
static char *golden_value(const char *line)
{
	static const char key[] = "golden";
	const char *at = line + strspn(line, " \t"), *end;

	if (strncmp(at, key, strlen(key)) != 0)
		return NULL;
	at += strlen(key);
	at += strspn(at, " \t");
	if (*at != '=' && *at != ':')
		return NULL;
	at++;
	at += strspn(at, " \t");
	end = at + strcspn(at, "\r\n");
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return strndup(at, (size_t)(end - at));
}

static bool is_pack(const char *value, const char *path)
{
	size_t len = strlen(path);

	return !strncmp(value, path, len) &&
	       (!value[len] || !strncmp(value + len, until_word, strlen(until_word)));
}

static void rewrite_line(struct rewrite *w, FILE *out, const char *line)
{
	const struct rollout *r = w->what;
	char *value = w->in_packs ? golden_value(line) : NULL;

	if (value && r->replaces && is_pack(value, r->replaces)) {
		w->replaced = true;
		fprintf(out, r->until ? "golden = %s until %s\n" : "retired = %s\n", r->replaces,
			r->until);
	} else if (!value || !is_pack(value, r->pack)) {
		fputs(line, out); /* the pack itself was written behind the header */
	}
	free(value);
	if (line[strspn(line, " \t")] != '[')
		return;
	w->in_packs = !strncmp(line + strspn(line, " \t"), "[packs]", 7);
	if (w->in_packs && !w->added) {
		fprintf(out, "golden = %s\n", r->pack);
		w->added = true;
	}
}

/* Return: why not, or NULL. */
static const char *rewrite_all(const struct rollout *r, FILE *in, FILE *out)
{
	struct rewrite w = {.what = r};
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, in) > 0)
		rewrite_line(&w, out, line);
	free(line);
	if (ferror(in) || fflush(out) || fsync(fileno(out)))
		return strerror(errno);
	if (!w.added)
		return "no section [packs]: is it a policy?";
	if (r->replaces && !w.replaced)
		return "the pack to be replaced is not among its golden ones";
	return NULL;
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

static int write_new(const struct rollout *r, FILE *in, const char *temporary, int fd, char *error)
{
	FILE *out = fdopen(fd, "w");
	struct stat st;
	const char *wrong;

	if (!out) {
		close(fd);
		return fail(error, temporary, strerror(errno));
	}
	wrong = rewrite_all(r, in, out);
	if (!wrong && (fstat(fileno(in), &st) || fchmod(fileno(out), st.st_mode & 0777)))
		wrong = strerror(errno);
	fclose(out);
	if (wrong)
		return fail(error, r->policy, wrong);
	error[0] = '\0';
	if (check(temporary, error))
		return -1;
	return rename(temporary, r->policy) ? fail(error, r->policy, strerror(errno)) : 0;
}

int rollout(const struct rollout *r, char *error)
{
	FILE *in = fopen(r->policy, "re");
	char *temporary;
	int fd, err;

	if (!in)
		return fail(error, r->policy, strerror(errno));
	if (asprintf(&temporary, "%s.XXXXXX", r->policy) < 0) {
		fclose(in);
		return fail(error, r->policy, strerror(ENOMEM));
	}
	fd = mkstemp(temporary);
	err = fd < 0 ? fail(error, temporary, strerror(errno))
		     : write_new(r, in, temporary, fd, error);
	if (fd >= 0 && err)
		unlink(temporary);
	free(temporary);
	fclose(in);
	return err;
}
