// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/pack.h"

#include <err.h>
#include <fcntl.h>
#include <unistd.h>

struct pack *tool_open_pack(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char error[PACK_ERROR_MAX];
	struct pack *pack;

	if (fd < 0) {
		warn("%s", path);
		return NULL;
	}
	pack = pack_open(fd, error);
	close(fd);
	if (!pack)
		warnx("%s: %s", path, error);
	return pack;
}
