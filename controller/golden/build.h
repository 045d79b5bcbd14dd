/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds a golden pack from a root tree. */
#ifndef LAZARET_BUILD_H
#define LAZARET_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the text that explains why nothing was built. */
#define BUILD_ERROR_MAX 512

/**
 * struct build_options - how to build
 * @name:	the pack's name, printable ASCII, below PACK_NAME_MAX bytes
 * @built:	time that is written into the pack, seconds since 1970; the same tree and
 *		the same options give the same bytes.  0 is «not said»
 * @one_file_system: do not enter mount points below the root
 * @progress:	called now and then with files hashed so far, files in all and @arg;
 *		NULL: silence
 * @arg:	for @progress
 */
struct build_options {
	const char *name;
	uint64_t built;
	bool one_file_system;
	void (*progress)(uint64_t done, uint64_t total, void *arg);
	void *arg;
};

/**
 * struct build_result - what was built
 * @files:	regular files in the pack
 * @bytes:	bytes that were hashed; a file with many links counts once
 * @skipped:	directories and files that were left out by rule or unreadable
 */
struct build_result {
	uint64_t files;
	uint64_t bytes;
	uint64_t skipped;
};

/**
 * pack_build() - hash each regular file below a root, write a pack
 * @root:	directory that is «/» in the guest; no link below it is followed
 * @output:	name of the pack; replaced at once by rename when all went well,
 *		untouched otherwise
 * @result:	written if 0 is returned; may be NULL
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Digests are SHA-256.  What is below /proc /sys /dev /run /tmp of the root is left
 * out: it is not there when the guest starts.  A file that can't be read fails the build.
 *
 * Return: 0, or -1.
 */
int pack_build(const char *root, const char *output, const struct build_options *options,
	       struct build_result *result, char *error);

#endif
