/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/supply.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "remedy/image.h"
#include "remedy/mendplan.h"
#include "remedy/named.h"

#define CHUNK	  65536 /* bytes copied at once */
#define ARGUMENTS 7

struct supply {
	struct archive *out;
	json_t *plan;
	char *error;
	size_t size;
	bool failed;
};

static void fail(struct supply *s, const char *what, const char *why)
{
	if (!s->failed)
		snprintf(s->error, s->size, "%s: %s", what, why);
	s->failed = true;
}

static int copy(struct archive *out, int fd)
{
	static char chunk[CHUNK];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (archive_write_data(out, chunk, (size_t)n) != n) {
			errno = archive_errno(out);
			return -1;
		}
	return n < 0 ? -1 : 0;
}

static int add_open(struct archive *out, int fd, const struct stat *st, const char *name)
{
	struct archive_entry *e = archive_entry_new();
	int rc;

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, st->st_mode & S_IXUSR ? 0700 : 0600);
	archive_entry_set_size(e, st->st_size);
	rc = archive_write_header(out, e) == ARCHIVE_OK ? copy(out, fd) : -1;
	archive_entry_free(e);
	return rc;
}

/* @name: in the archive. Folders and the like are left out. */
static void add(struct supply *s, const char *path, const char *name)
{
	int fd = s->failed ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (s->failed)
		return;
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    (S_ISREG(st.st_mode) && add_open(s->out, fd, &st, name) < 0))
		fail(s, path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* A file that the policy names. */
static void add_named(void *s, const char *path)
{
	add(s, path, path + 1);
}

static void add_policy(struct supply *s, const char *path)
{
	add(s, path, SUPPLY_POLICY);
	if (!s->failed && named_each(path, add_named, s) < 0)
		fail(s, path, strerror(errno));
}

/* There, though it may have no file: somebody has configured it. */
static void add_empty(struct supply *s, const char *name)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFDIR);
	archive_entry_set_perm(e, 0700);
	if (archive_write_header(s->out, e) != ARCHIVE_OK)
		fail(s, name, archive_error_string(s->out));
	archive_entry_free(e);
}

/* Every file in @from of which @wanted() says so, below @to. */
static void add_folder(struct supply *s, const char *from, const char *to,
		       bool (*wanted)(const struct supply *s, const char *name))
{
	DIR *d = opendir(from);
	const struct dirent *e;
	char path[4096], name[512];

	if (!d) {
		fail(s, from, strerror(errno));
		return;
	}
	add_empty(s, to);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || !wanted(s, e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", from, e->d_name);
		snprintf(name, sizeof(name), "%s/%s", to, e->d_name);
		add(s, path, name);
	}
	closedir(d);
}

static bool any(const struct supply *s, const char *name)
{
	(void)s;
	(void)name;
	return true;
}

/* Is it the file of this package and version? apt writes the colon of an epoch as %3a, or leaves it out. */
static bool is_file_of(const char *name, const char *package)
{
	const char *version = strchr(package, ' '), *colon;
	char begin[512];

	if (!version)
		return false;
	colon = strchr(++version, ':');
	snprintf(begin, sizeof(begin), "%.*s_%s_", (int)(version - 1 - package), package,
		 colon ? colon + 1 : version);
	if (!strncmp(name, begin, strlen(begin)))
		return true;
	if (!colon)
		return false;
	snprintf(begin, sizeof(begin), "%.*s_%.*s%%3a%s_", (int)(version - 1 - package), package,
		 (int)(colon - version), version, colon + 1);
	return !strncmp(name, begin, strlen(begin));
}

static bool is_planned(const struct supply *s, const char *name)
{
	const char *dot = strrchr(name, '.'), *package;
	size_t i;
	json_t *row;

	if (!dot || strcmp(dot, ".deb") != 0)
		return strstr(name, ".tar") != NULL;
	json_array_foreach (s->plan, i, row) {
		package = json_string_value(json_object_get(row, "of"));
		if (package && is_file_of(name, package))
			return true;
	}
	return false;
}

static void add_plan(struct supply *s, const struct supply_from *from)
{
	FILE *file = fdopen(dup(from->plan), "re");
	struct stat st;

	s->plan = file ? mendplan_read(file) : NULL;
	if (file)
		fclose(file);
	if (!s->plan || fstat(from->plan, &st) < 0 || lseek(from->plan, 0, SEEK_SET) < 0 ||
	    add_open(s->out, from->plan, &st, SUPPLY_PLAN) < 0)
		fail(s, "the plan", s->plan ? strerror(errno) : "it makes no sense");
	else if (from->packages && *from->packages)
		add_folder(s, from->packages, SUPPLY_PACKAGES, is_planned);
	json_decref(s->plan);
}

int supply_write(const struct supply_from *from, int fd, char *error, size_t size)
{
	struct supply s = {.error = error, .size = size, .out = archive_write_new()};

	if (archive_write_set_format_pax_restricted(s.out) != ARCHIVE_OK ||
	    archive_write_open_fd(s.out, fd) != ARCHIVE_OK)
		fail(&s, "the supply disk", strerror(errno));
	if (from->policy && *from->policy)
		add_policy(&s, from->policy);
	else if (from->pack && *from->pack)
		add(&s, from->pack, SUPPLY_PACK);
	if (from->signatures && *from->signatures)
		add_folder(&s, from->signatures, SUPPLY_SIGNATURES, any);
	if (from->vaccines && *from->vaccines && access(from->vaccines, F_OK) == 0)
		add_folder(&s, from->vaccines, SUPPLY_VACCINES, any);
	if (from->key && *from->key)
		add(&s, from->key, SUPPLY_KEY);
	if (from->plan >= 0)
		add_plan(&s, from);
	if (archive_write_close(s.out) != ARCHIVE_OK)
		fail(&s, "the supply disk", archive_error_string(s.out));
	archive_write_free(s.out);
	return s.failed ? -1 : 0;
}

int supply_child(int argc, char **argv)
{
	char error[IPC_TEXT] = "";
	struct ipc_progress done = {0};
	struct supply_from from;

	if (argc != ARGUMENTS)
		fatalx("supply: wrong arguments");
	from = (struct supply_from){.policy = argv[1],
				    .pack = argv[2],
				    .signatures = argv[3],
				    .packages = argv[4],
				    .vaccines = argv[5],
				    .key = argv[6],
				    .plan = fcntl(IPC_FD_B, F_GETFD) < 0 ? -1 : IPC_FD_B};
	if (image_check(argv[0], error, sizeof(error)) < 0)
		return ipc_fail(error);
	if (supply_write(&from, IPC_FD_A, error, sizeof(error)) < 0)
		return ipc_fail(error);
	ipc_send(IPC_FD, IPC_DONE, &done, sizeof(done));
	return 0;
}
