/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keylime's runtime policy, as JSON: what a pack can hold of it, and back. */
#ifndef LAZARET_KEYLIME_H
#define LAZARET_KEYLIME_H

#include <stdint.h>
#include <stdio.h>

#include "golden/values.h"

/*
 * Bytes of a policy, at most: that of a machine of 500,000 files has some 80 MB, and takes several
 * times as much memory while it is read.
 */
#define KEYLIME_MAX (UINT64_C(256) << 20)

/**
 * keylime_values() - take the digests of a policy
 * @path:	a runtime policy (keylime/ima/ima.py, «RuntimePolicyType»): an object whose
 *		«digests» has for each path a list of hexadecimal digests; their length
 *		tells the algorithm, or a name before a colon does
 * @out:	values are added to it, whatever is returned
 * @left_out:	written if 0 is returned: rules of «excludes», keys and «ima-buf» entries, which
 *		are not golden values of files
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int keylime_values(const char *path, struct values *out, uint64_t *left_out, char *error);

/**
 * keylime_write() - write a policy with these digests
 * @values:	sorted by path
 * @left_out:	written: paths that are not UTF-8, which JSON can't hold
 *
 * The same values give the same bytes. Return: 0, or -1 with errno.
 */
int keylime_write(FILE *out, const struct values *values, uint64_t *left_out);

#endif
