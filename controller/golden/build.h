/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds a golden pack from root trees, packages, lists and other packs. */
#ifndef LAZARET_BUILD_H
#define LAZARET_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/alg.h"

/* Bytes of the text that explains why nothing was built. */
#define BUILD_ERROR_MAX 512

/**
 * struct build_options - how to build
 * @name:	the pack's name, printable ASCII, below PACK_NAME_MAX bytes
 * @built:	time that is written into the pack, seconds since 1970; the same tree and
 *		the same options give the same bytes.  0 is «not said»
 * @serial:	the pack's number; 0: none
 * @root:	directory that is «/» in the guest; no link below it is followed. What is below
 *		/proc /sys /dev /run /tmp of it is left out: it is not there when the guest
 *		starts. NULL: none
 * @one_file_system: do not enter mount points below the root
 * @source:	@sources files or folders, as sources_add() takes them
 * @list:	of packages: only these, and all of them (debian_list_read()); NULL: every package
 * @split_usr:	as struct archive_options has it
 * @alg:	of the digests that are computed; packs, lists and policies bring their own. NULL:
 *		hasher_default()
 * @key:	file of the secret key to sign the pack with; NULL: it is not signed
 * @progress:	called now and then with files or archives read so far, all of them, and
 *		@arg; NULL: silence
 * @arg:	for @progress
 */
struct build_options {
	const char *name;
	uint64_t built;
	uint32_t serial;
	const char *root;
	bool one_file_system;
	char *const *source;
	size_t sources;
	const char *list;
	bool split_usr;
	const struct alg *alg;
	const char *key;
	void (*progress)(uint64_t done, uint64_t total, void *arg);
	void *arg;
};

/**
 * struct build_result - what was built
 * @files:	golden values that were found, doubles included
 * @bytes:	bytes that were hashed; in a root tree a file with many links counts once
 * @skipped:	what was left out by rule
 * @packages:	Debian packages
 * @unwanted:	Debian packages that the list does not have
 * @resumed:	archives that an interrupted build had read before
 */
struct build_result {
	uint64_t files;
	uint64_t bytes;
	uint64_t skipped;
	uint64_t packages;
	uint64_t unwanted;
	uint64_t resumed;
};

/**
 * pack_build() - collect golden values, write a pack
 * @output:	name of the pack; replaced at once by rename when all went well,
 *		untouched otherwise
 * @result:	written if 0 is returned; may be NULL
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * A build that is interrupted, or fails, leaves a file «@output.partial» with what it read of archives:
 * the next one of the same pack goes on from there, to the same bytes. With a key, no unsigned pack is ever
 * at @output. A file that can't be read fails the build, and so does a pack
 * without values.
 *
 * Return: 0, or -1.
 */
int pack_build(const char *output, const struct build_options *options, struct build_result *result,
	       char *error);

/**
 * build_serial() - the number of a pack that is to be built
 * @output:	its file; there may be an older pack
 * @wanted:	in digits; NULL: one more than that of the pack that is there, or 1
 * @serial:	written if 0 is returned
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * A number that is not greater than that of the pack that is there is refused: whoever has seen that
 * one would take the new one for older. Return: 0, or -1.
 */
int build_serial(const char *output, const char *wanted, uint32_t *serial, char *error);

#endif
