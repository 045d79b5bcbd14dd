/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clamscan gets all files in one call, because it takes long to load its signatures. It tells of them
 * by name, a line each, and a guest's names may hold anything, also whole lines: so it gets symbolic
 * links with numbers for names.
 */
#include "worker/suspects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/hex.h"
#include "worker/report.h"

#define LINKS	    "/run/suspects"
#define LIST	    "/run/suspects.list"
#define PROBE	    "/etc/passwd" /* a file of our own: what clamscan says of it shows that it works */
#define PATH_SIZE   8192
#define DIGEST_TEXT (8 + 2 * SUSPECT_DIGEST + 1)
#define CLEAN	    ": OK\n"
#define FOUND	    " FOUND\n"
#define EMPTY	    ": Empty file\n"
#define LIMITS	    "Heuristics.Limits."
#define SUMMARY	    "Known viruses: "

int suspects_add(struct suspects *s, const char *path, uint64_t bytes,
		 const uint8_t digest[SUSPECT_DIGEST])
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 1024;
		struct suspect *list = reallocarray(s->list, room, sizeof(*list));

		if (!list)
			return -1;
		s->list = list;
		s->room = room;
	}
	s->list[s->n] = (struct suspect){.path = strdup(path), .bytes = bytes};
	memcpy(s->list[s->n].digest, digest, SUSPECT_DIGEST);
	return s->list[s->n++].path ? 0 : -1;
}

/* The last one, behind all suspects, is of PROBE. Return: 0, or -1 with errno. */
static int make_links(const struct suspects *s, const char *root)
{
	FILE *list = fopen(LIST, "we");
	int rc = list && mkdir(LINKS, 0700) == 0 ? 0 : -1;
	char name[64], target[PATH_SIZE];

	for (size_t i = 0; !rc && i <= s->n; i++) {
		bool probe = i == s->n;

		snprintf(name, sizeof(name), LINKS "/%zu", i);
		if (snprintf(target, sizeof(target), "%s%s", probe ? "" : root,
			     probe ? PROBE : s->list[i].path) >= (int)sizeof(target)) {
			errno = ENAMETOOLONG;
			rc = -1;
		} else if (symlink(target, name) < 0 || fprintf(list, "%s\n", name) < 0) {
			rc = -1;
		}
	}
	if (list && fclose(list) == EOF)
		rc = -1;
	return rc;
}

/* Starts clamscan with its output in @out, to be read. Files that are too large for it are told of. */
static pid_t start(const char *database, FILE **out)
{
	char db[PATH_SIZE];
	const char *argv[] = {"clamscan",
			      db,
			      "--file-list=" LIST,
			      "--follow-file-symlinks=2",
			      "--alert-exceeds-max=yes",
			      "--max-filesize=2000M",
			      "--max-scansize=2000M",
			      "--tempdir=/run",
			      NULL};
	static char *const env[] = {(char *)"PATH=/usr/bin", (char *)"LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	int pipes[2];
	pid_t pid = -1;

	snprintf(db, sizeof(db), "--database=%s", database);
	if (pipe2(pipes, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, env) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	*out = fdopen(pipes[0], "re");
	return *out ? pid : -1;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n >= len && !strcmp(text + n - len, end);
}

/* What clamscan says of suspect number @i, behind its name. */
static void tell(const struct suspects *s, size_t i, char *said)
{
	char found[DIGEST_TEXT] = "sha256:";
	struct report_finding f = {.class = "signature", .path = s->list[i].path, .found = found};

	hex_encode(found + strlen(found), s->list[i].digest, SUSPECT_DIGEST);
	if (!strcmp(said, CLEAN) || !strcmp(said, EMPTY))
		return;
	if (ends_with(said, FOUND) && !strncmp(said, ": ", 2)) {
		said[strlen(said) - strlen(FOUND)] = '\0';
		f.rule = said + 2;
		f.reason = "ClamAV has a signature of it";
		/* It did not look at all of it. */
		if (!strncmp(f.rule, LIMITS, strlen(LIMITS))) {
			f.class = "unreadable";
			f.reason = "it is beyond what ClamAV looks at";
		}
	} else {
		said[strcspn(said, "\n")] = '\0';
		f.class = "unreadable";
		f.reason = said + (!strncmp(said, ": ", 2) ? 2 : 0);
	}
	report_finding(&f);
}

/* Return: how many suspects it told of; @probe: it said of PROBE what is true. */
static size_t listen(const struct suspects *s, FILE *out, bool *probe)
{
	char *line = NULL, *end;
	size_t room = 0, told = 0, i;

	while (getline(&line, &room, out) > 0) {
		if (!strncmp(line, SUMMARY, strlen(SUMMARY)))
			report_signatures(strtoull(line + strlen(SUMMARY), NULL, 10));
		if (strncmp(line, LINKS "/", sizeof(LINKS)) != 0)
			continue;
		i = strtoull(line + sizeof(LINKS), &end, 10);
		if (i > s->n || *end != ':')
			continue;
		if (i == s->n) {
			*probe = !strcmp(end, CLEAN);
			continue;
		}
		if (!s->list[i].told) {
			report_file(s->list[i].bytes);
			told++;
		}
		s->list[i].told = true;
		tell(s, i, end);
	}
	free(line);
	return told;
}

int suspects_scan(const struct suspects *s, const char *root, const char *database, char *error,
		  size_t size)
{
	FILE *out = NULL;
	bool probe = false;
	size_t told;
	int status = -1;
	pid_t pid;

	if (access(database, F_OK) < 0 && errno == ENOENT) {
		for (size_t i = 0; i < s->n; i++)
			report_file(s->list[i].bytes);
		return 0;
	}
	/* Without a suspect as well: a database that can't be read must not look like a clean disk. */
	if (make_links(s, root) < 0 || (pid = start(database, &out)) < 0) {
		snprintf(error, size, "clamscan can't be started: %s", strerror(errno));
		return -1;
	}
	told = listen(s, out, &probe);
	fclose(out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Some files that it can't read are findings; any other failure means that nothing is known. */
	if (told == s->n && probe && WIFEXITED(status))
		return 0;
	snprintf(error, size, "clamscan ended with status %#x after %zu of %zu files", status, told,
		 s->n);
	return -1;
}
