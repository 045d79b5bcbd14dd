/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's word to dom0, on the result disk (remedy/result.h). */
#ifndef LAZARET_WORKER_REPORT_H
#define LAZARET_WORKER_REPORT_H

#include <stdint.h>

/**
 * struct report_finding - one line; texts are NULL where there is nothing to say
 * @class:	name of a class of findings, «signature» or «unreadable»
 * @path:	in the guest; any bytes
 * @rule:	what of the policy applied, or the name of the signature
 * @found, @expected: digests, as «sha256:0123…»
 * @version:	what @expected is of
 * @reason:	for people
 */
struct report_finding {
	const char *class;
	const char *path;
	const char *rule;
	const char *found;
	const char *expected;
	const char *version;
	const char *reason;
};

/** report_open() - begin on the result disk @device. Return: 0, or -1 with errno. */
int report_open(const char *device);

/** report_total() - so many files there are to look at; report_file(): one of them, of @bytes, is done */
void report_total(uint64_t files);
void report_file(uint64_t bytes);

/** report_signatures() - so many signatures files are compared with */
void report_signatures(uint64_t n);

/** report_vaccine() - one more has looked at the disk */
void report_vaccine(void);

/** report_kept() - so many bytes are on the disk of what was removed */
void report_kept(uint64_t bytes);

/** report_finding() - one finding; what has no room is counted */
void report_finding(const struct report_finding *f);

/** report_unreadable() - one more: @path can't be read, for such a reason */
void report_unreadable(const char *path, const char *reason);

/** report_done() - all was looked at. Return: the worker's exit status. */
int report_done(void);

/** report_failed() - it could not be. Return: the worker's exit status. */
int report_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
