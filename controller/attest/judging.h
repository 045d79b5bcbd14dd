/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What verify.c, judgefile.c and finding.c share. */
#ifndef LAZARET_JUDGING_H
#define LAZARET_JUDGING_H

#include "attest/verify.h"

/** finding_default() - what follows from a class if policy is silent */
enum finding_action finding_default(enum finding_class class);

/** finding_reason() - why; one static sentence */
const char *finding_reason(enum finding_class class);

/* A class, and a better reason than it has by itself. */
static inline enum finding_class judging_say(struct finding *out, enum finding_class class,
					     const char *reason)
{
	out->reason = reason;
	return class;
}

/** judging_is_comparable() - is it a file that golden packs can be asked about? */
static inline bool judging_is_comparable(const struct verifier *v, const struct ima_entry *e)
{
	return v->shelf && e->alg && !e->verity && !e->violation && !e->is_buffer;
}

/**
 * judging_file() - by packs, signatures and exclusions
 * @e:		a file, not boot_aggregate; v->shelf is not NULL
 * @q:		shelf_ask() has been called, if packs can be asked about it
 * @out:	what packs know of it is written; a reason, if there is a better one than the class's
 *
 * Return: its class.
 */
enum finding_class judging_file(struct verifier *v, const struct ima_entry *e,
				const struct shelf_query *q, struct finding *out);

#endif
