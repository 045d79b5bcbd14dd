/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads many sources at once, one thread for each processor. */
#ifndef LAZARET_GATHER_H
#define LAZARET_GATHER_H

#include "golden/source.h"

/* Threads, at most. */
#define GATHER_THREADS_MAX 64

/**
 * gather() - take the values of all sources
 * @options:	of archives
 * @out:	values are added to it, in no certain order, whatever is returned
 * @result:	one for each source; written if 0 is returned
 * @progress:	called by the calling thread now and then; NULL: silence
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned: of the first source, in their
 *		order, that was found to be wrong
 *
 * Return: 0, or -1.
 */
int gather(const struct sources *sources, const struct archive_options *options, struct values *out,
	   struct source_result *result, void (*progress)(uint64_t done, uint64_t total, void *arg),
	   void *arg, char *error);

#endif
