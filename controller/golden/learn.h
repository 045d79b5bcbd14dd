/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden values learned from what a machine measured: only as good as that machine was. */
#ifndef LAZARET_LEARN_H
#define LAZARET_LEARN_H

#include <stdint.h>

#include "golden/values.h"

/**
 * struct learn_result - what the list had
 * @records:	in all
 * @learned:	files with a digest
 * @left_out:	boot_aggregate, buffers, violations, fs-verity digests, algorithms that a pack has
 *		no number for, names that are no absolute paths
 */
struct learn_result {
	uint64_t records;
	uint64_t learned;
	uint64_t left_out;
};

/**
 * learn_values() - take each file's digest from IMA's binary list
 * @path:	the list; «-»: standard input
 * @out:	values are added to it, whatever is returned
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned: with the byte where it is wrong
 *
 * A record whose template hash is not that of its data fails: the list was altered.
 *
 * Return: 0, or -1.
 */
int learn_values(const char *path, struct values *out, struct learn_result *result, char *error);

#endif
