/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/vaccines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/hex.h"
#include "golden/hasher.h"
#include "remedy/result.h"
#include "worker/below.h"
#include "worker/report.h"

#define PATH_SIZE   4096
#define DIGEST_TEXT (ALG_NAME_MAX + 1 + 2 * ALG_DIGEST_MAX + 1)
#define CHUNK	    65536
#define NAME_CHARS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

/* One of them at work. */
struct vaccine {
	const char *name;
	const char *what; /* «scan» or «cure» */
	const char *root;
	int root_fd;
	char *error;
	size_t size;
};

static int blame(const struct vaccine *v, const char *why)
{
	snprintf(v->error, v->size, "vaccine %.60s, %s: %.120s", v->name, v->what, why);
	return -1;
}

/* Return: false if it is no regular file, or can't be read. */
static bool digest_of(int root, const char *path, char out[DIGEST_TEXT])
{
	int fd = below_open(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	uint8_t digest[ALG_DIGEST_MAX], data[CHUNK];
	struct hasher hasher = {0};
	struct stat st;
	ssize_t n = -1;
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		  hasher_open(&hasher, hasher_default()) == 0 && hasher_start(&hasher) == 0;

	while (ok && (n = read(fd, data, sizeof(data))) > 0)
		ok = hasher_add(&hasher, data, (size_t)n) == 0;
	ok = ok && n == 0 && hasher_end(&hasher, digest) == 0;
	if (ok)
		hex_encode(out + sprintf(out, "%s:", hasher.alg->name), digest, hasher.alg->size);
	hasher_close(&hasher);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool is_rule(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len && len <= VACCINES_RULE;
}

/* «RULE<tab>PATH»; what is not allowed in a path is written as in a plan. */
static int on_found(const struct vaccine *v, char *line)
{
	char *path = strchr(line, '\t'), rule[VACCINES_RULE + 256], found[DIGEST_TEXT] = "";
	struct report_finding f = {.class = RESULT_VACCINE,
				   .rule = rule,
				   .found = found,
				   .reason = "a vaccine has found it"};

	if (path)
		*path++ = '\0';
	if (!path || path[0] != '/' || !path[1] || !is_rule(line) || !rows_decode(path))
		return blame(v, "its line is not «rule<tab>/path»");
	snprintf(rule, sizeof(rule), "%.250s: %.*s", v->name, VACCINES_RULE, line);
	if (!digest_of(v->root_fd, path + 1, found))
		found[0] = '\0';
	f.path = path;
	report_finding(&f);
	return 0;
}

/* A path that it has changed. */
static int on_changed(const struct vaccine *v, char *line)
{
	struct report_finding f = {.class = RESULT_CHANGED, .path = line, .rule = v->name};

	if (line[0] != '/' || !rows_decode(line))
		return blame(v, "its line is no path");
	report_finding(&f);
	return 0;
}

/* After an error its output is read on, so that it can come to its end. */
static int listen(const struct vaccine *v, FILE *out)
{
	static char line[VACCINES_LINE];
	bool scans = !strcmp(v->what, "scan");
	int rc = 0;

	while (fgets(line, sizeof(line), out)) {
		size_t len = strlen(line);

		if (rc)
			continue;
		if (!len || line[len - 1] != '\n') {
			rc = blame(v, "a line of its output is too long, or not whole");
			continue;
		}
		line[len - 1] = '\0';
		rc = scans ? on_found(v, line) : on_changed(v, line);
	}
	return rc;
}

static pid_t start(const struct vaccine *v, const char *path, FILE **out)
{
	const char *argv[] = {path, v->what, v->root, NULL};
	static char *const env[] = {(char *)"PATH=/usr/bin", (char *)"LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	int pipes[2], rc;
	pid_t pid = -1;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -1;
	*out = fdopen(pipes[0], "re");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	rc = posix_spawn(&pid, path, &actions, NULL, (char *const *)(uintptr_t)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	errno = rc;
	return rc || !*out ? -1 : pid;
}

static int run(const struct vaccine *v, const char *dir)
{
	char path[PATH_SIZE], why[64];
	FILE *out = NULL;
	int status = 0, rc;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", dir, v->name);
	pid = start(v, path, &out);
	if (pid < 0) {
		rc = blame(v, strerror(errno));
		if (out)
			fclose(out);
		return rc;
	}
	rc = listen(v, out);
	fclose(out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc || (WIFEXITED(status) && WEXITSTATUS(status) == VACCINES_CURABLE))
		return rc;
	if (WIFEXITED(status))
		snprintf(why, sizeof(why), "it ended with status %d", WEXITSTATUS(status));
	else
		snprintf(why, sizeof(why), "it was ended by signal %d", WTERMSIG(status));
	return blame(v, why);
}

static bool is_vaccine(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return name[0] != '.' && !name[strspn(name, NAME_CHARS)] && stat(path, &st) == 0 &&
	       S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR);
}

int vaccines_scan(const char *dir, const char *root, char *error, size_t size)
{
	struct vaccine v = {.what = "scan",
			    .root = root,
			    .root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
			    .error = error,
			    .size = size};
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, alphasort), rc = 0;

	for (int i = 0; i < n; i++) {
		v.name = names[i]->d_name;
		if (!rc && is_vaccine(dir, v.name)) {
			rc = run(&v, dir);
			report_vaccine();
		}
		free(names[i]);
	}
	free(names);
	if (v.root_fd >= 0)
		close(v.root_fd);
	return rc;
}

/* Is there none before it of the same vaccine? */
static bool is_first(const struct rows *rows, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (rows->row[i].vaccine && !strcmp(rows->row[i].vaccine, rows->row[at].vaccine))
			return false;
	return true;
}

int vaccines_cure(const struct rows *rows, const char *dir, const char *root, char *error,
		  size_t size)
{
	struct vaccine v = {
		.what = "cure", .root = root, .root_fd = -1, .error = error, .size = size};
	int rc = 0;

	for (size_t i = 0; !rc && i < rows->n; i++) {
		v.name = rows->row[i].vaccine;
		if (!v.name || !is_first(rows, i))
			continue;
		rc = is_vaccine(dir, v.name) ? run(&v, dir)
					     : blame(&v, "there is none of this name");
	}
	return rc;
}
