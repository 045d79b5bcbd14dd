/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/level.h"

#include <string.h>

static const char *const names[LEVELS] = {
	[LEVEL_UNSET] = "unset",   [LEVEL_WATCH] = "watch", [LEVEL_ISOLATE] = "isolate",
	[LEVEL_FREEZE] = "freeze", [LEVEL_KILL] = "kill",
};

const char *level_name(enum vm_level level)
{
	return level < LEVELS ? names[level] : "invalid";
}

enum vm_level level_by_name(const char *name)
{
	for (int i = LEVEL_WATCH; i < LEVELS; i++)
		if (!strcmp(names[i], name))
			return (enum vm_level)i;
	return LEVEL_UNSET;
}
