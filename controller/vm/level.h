/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a VM in danger is cut off. */
#ifndef LAZARET_LEVEL_H
#define LAZARET_LEVEL_H

/* The numbers are stored: append only. */
enum vm_level {
	LEVEL_UNSET = 0, /* an operator said nothing: as configured */
	LEVEL_WATCH = 1, /* recorded and told, nothing is withdrawn */
	LEVEL_ISOLATE = 2, /* cut off, and runs on */
	LEVEL_FREEZE = 3, /* cut off, and stays paused until a cure or a release */
	LEVEL_KILL = 4, /* its domain is destroyed, each time that it is started */
	LEVELS
};

/* Which of its disks a VM in danger loses, besides those that it keeps in any case. */
enum vm_disks {
	DISKS_NONE = 0,
	DISKS_SHARED = 1, /* those that another domain has as well */
	DISKS_WRITABLE = 2, /* those, and all that it can write to */
	DISKS_ALL = 3,
	DISKS_WORDS
};

/* All words as in configuration and plans, in the order of their values; NULL at the end. */
extern const char *const disks_words[DISKS_WORDS + 1];

/* One of them. */
const char *disks_name(enum vm_disks disks);

/* Return: DISKS_NONE if there is none of that name. */
enum vm_disks disks_by_name(const char *name);

/* The level's name as in configuration and requests. */
const char *level_name(enum vm_level level);

/* Return: the level, or LEVEL_UNSET if there is none of that name. */
enum vm_level level_by_name(const char *name);

#endif
