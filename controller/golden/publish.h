/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a pack in its place. */
#ifndef LAZARET_PUBLISH_H
#define LAZARET_PUBLISH_H

#include "golden/values.h"

/**
 * publish() - write a pack and replace the one of that name at once
 * @output:	name of the pack; untouched when -1 is returned
 * @values:	sorted by the call
 * @key:	file of the secret key to sign it with, before it takes its place; NULL: it is not signed
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Who has the old pack mapped goes on with it. On return the pack is on disk.
 *
 * Return: 0, or -1.
 */
int publish(const char *output, struct values *values, const struct pack_label *label,
	    const char *key, char *error);

/** publish_sync() - make a rename durable: sync the folder that @path is in. Return: 0, or -1 with errno. */
int publish_sync(const char *path);

#endif
