/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/level.h"

#include <string.h>

static const char *const names[LEVELS] = {
	[LEVEL_UNSET] = "unset",   [LEVEL_WATCH] = "watch", [LEVEL_ISOLATE] = "isolate",
	[LEVEL_FREEZE] = "freeze", [LEVEL_KILL] = "kill",
};

const char *const disks_words[DISKS_WORDS + 1] = {"none", "shared", "writable", "all", NULL};

const char *disks_name(enum vm_disks disks)
{
	return disks < DISKS_WORDS ? disks_words[disks] : "invalid";
}

enum vm_disks disks_by_name(const char *name)
{
	for (int i = DISKS_NONE; i < DISKS_WORDS; i++)
		if (!strcmp(disks_words[i], name))
			return (enum vm_disks)i;
	return DISKS_NONE;
}

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
