/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/supplies.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remedy/supply.h"

#define BLOCK 65536 /* bytes read at once */
#define HOW   (ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS)

/* Into the working directory. Return: libarchive's status. */
static int unpack_all(struct archive *in)
{
	struct archive *out = archive_write_disk_new();
	struct archive_entry *e;
	int rc;

	archive_write_disk_set_options(out, HOW);
	while ((rc = archive_read_next_header(in, &e)) == ARCHIVE_OK) {
		rc = archive_read_extract2(in, e, out);
		if (rc != ARCHIVE_OK)
			break;
	}
	archive_write_free(out);
	return rc == ARCHIVE_EOF ? ARCHIVE_OK : rc;
}

int supplies_unpack(const char *device, const char *dir, char *error, size_t size)
{
	struct archive *in = archive_read_new();
	int rc = -1;

	archive_read_support_format_tar(in);
	if (mkdir(dir, 0700) < 0 || chdir(dir) < 0)
		snprintf(error, size, "%s: %s", dir, strerror(errno));
	else if (archive_read_open_filename(in, device, BLOCK) != ARCHIVE_OK ||
		 unpack_all(in) != ARCHIVE_OK)
		snprintf(error, size, "dom0's files can't be read: %s", archive_error_string(in));
	else
		rc = 0;
	archive_read_free(in);
	return rc;
}

/* The policy names files by their paths in dom0: below @dir they are the same. */
static struct policy *load_in(const char *dir, char *error, size_t size)
{
	FILE *errors = fmemopen(error, size, "w");
	struct policy *policy = NULL;

	if (!errors || chroot(dir) < 0 || chdir("/") < 0)
		snprintf(error, size, "%s: %s", dir, strerror(errno));
	else if (access("/" SUPPLY_POLICY, F_OK) == 0)
		policy = policy_load("/" SUPPLY_POLICY, NULL, errors);
	else
		policy = policy_load(NULL, "/" SUPPLY_PACK, errors);
	if (errors)
		fclose(errors);
	return policy;
}

static bool has(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

int supplies_policy(const char *dir, struct policy **policy, char *error, size_t size)
{
	int root;

	*policy = NULL;
	if (!has(dir, SUPPLY_POLICY) && !has(dir, SUPPLY_PACK))
		return 0;
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	*policy = load_in(dir, error, size);
	if (fchdir(root) < 0 || chroot(".") < 0)
		snprintf(error, size, "chroot: %s", strerror(errno));
	close(root);
	return *policy ? 0 : -1;
}
