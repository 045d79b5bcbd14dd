/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a folder is that somebody without rights writes to. */
#ifndef LAZARET_OWNER_H
#define LAZARET_OWNER_H

#include <sys/types.h>

/**
 * owner_make() - a folder of @uid and @gid alone, made if it is missing
 *
 * What was another's becomes theirs with all files in it that were that other's, too. Files of anybody
 * else, links, and what else there may be, stay as they are: who owned the folder may have put
 * them there, so that we give something away. Nobody may use the folder meanwhile.
 *
 * Return: 0, or -1 with errno.
 */
int owner_make(const char *path, uid_t uid, gid_t gid);

#endif
