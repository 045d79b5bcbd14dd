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

int publish(const char *output, struct values *values, const struct pack_label *label, char *error)
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
	if (pack_write(fd, values->value, values->n, label) || fchmod(fd, 0644) || fsync(fd) ||
	    rename(temporary, output)) {
		fail(error, output, strerror(errno));
		unlink(temporary);
	} else {
		err = publish_sync(output) ? fail(error, output, strerror(errno)) : 0;
	}
	close(fd);
	free(temporary);
	return err;
}
