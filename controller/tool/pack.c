// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/pack.h"

#include <err.h>

struct pack *tool_open_pack(const char *path)
{
	char error[PACK_ERROR_MAX];
	struct pack *pack = pack_open_path(path, error);

	if (!pack)
		warnx("%s: %s", path, error);
	return pack;
}
