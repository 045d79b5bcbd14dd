/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/build.h"
#include "golden/sign.h"

_Static_assert(SIGN_ERROR_MAX <= BUILD_ERROR_MAX, "errors");

static int fail(char *error, const char *path, const char *text)
{
	snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, text);
	return -1;
}

int publish_sync(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, err;

	free(copy);
	if (fd < 0)
		return -1;
	err = fsync(fd);
	close(fd);
	return err;
}

/* The pack under another name. Return: 0; -1 after a message, and there is none. */
static int write_new(const char *temporary, int fd, struct values *values,
		     const struct pack_label *label, const char *key, char *error)
{
	if (pack_write(fd, values->value, values->n, label) || fchmod(fd, 0644) || fsync(fd))
		return fail(error, temporary, strerror(errno));
	return key ? sign_pack(temporary, key, error) : 0;
}

int publish(const char *output, struct values *values, const struct pack_label *label,
	    const char *key, char *error)
{
	char *temporary;
	int fd, err;

	if (asprintf(&temporary, "%s.XXXXXX", output) < 0)
		return fail(error, output, strerror(ENOMEM));
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		fail(error, temporary, strerror(errno));
		free(temporary);
		return -1;
	}
	err = write_new(temporary, fd, values, label, key, error);
	if (!err && rename(temporary, output))
		err = fail(error, output, strerror(errno));
	if (err)
		unlink(temporary);
	else if (publish_sync(output))
		err = fail(error, output, strerror(errno));
	close(fd);
	free(temporary);
	return err;
}
