/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where golden values come from: what a file or folder that an operator names is. */
#ifndef LAZARET_SOURCE_H
#define LAZARET_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "golden/archive.h"
#include "golden/values.h"

/* Sources of one pack, at most. */
#define SOURCES_MAX 1000000

enum source_kind {
	SOURCE_ARCHIVE, /* a .deb, an initramfs, a tar */
	SOURCE_PACK, /* a golden pack: its values are taken over */
	SOURCE_KEYLIME, /* Keylime's runtime policy */
	SOURCE_LOG, /* IMA's binary list */
	SOURCE_IMAGE, /* a disk */
};

/**
 * struct source - one file
 * @path:	owned
 */
struct source {
	enum source_kind kind;
	char *path;
};

/** struct sources - @n of them, in the order in which they were named */
struct sources {
	struct source *source;
	size_t n;
	size_t room;
};

/**
 * struct source_result - what one source had
 * @files:	values
 * @bytes:	hashed
 * @left_out:	what could be no golden value
 * @unwanted:	it is a Debian package that is not in the list
 * @package:	of a Debian package what it is; else empty
 */
struct source_result {
	uint64_t files;
	uint64_t bytes;
	uint64_t left_out;
	bool unwanted;
	struct debian_package package;
};

/**
 * sources_add() - find out what a file is; of a folder, take each *.deb below it
 * @s:		to be freed with sources_free() whatever is returned
 * @path:	file or folder; «-»: IMA's list on standard input
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Files are known by their content. Return: 0, or -1.
 */
int sources_add(struct sources *s, const char *path, char *error);

/** sources_free() */
void sources_free(struct sources *s);

/**
 * source_read() - take its values
 * @options:	of archives
 * @out:	values are added to it, whatever is returned
 * @result:	written if 0 is returned
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Thread-safe. Return: 0, or -1.
 */
int source_read(const struct source *s, const struct archive_options *options, struct values *out,
		struct source_result *result, char *error);

#endif
