/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a log's findings the parent is told in full, and what is kept of all of them. */
#ifndef LAZARET_FINDINGS_H
#define LAZARET_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify.h"

/* All zeros: there was none. */
struct findings {
	uint64_t told;
	uint64_t last_danger; /* index of the last record that means danger, if there is one */
};

/**
 * findings_judged() - a record was judged
 * @f:		what was found
 *
 * Return: whether it must be told in full. Half of what may be told is for danger alone.
 */
bool findings_judged(struct findings *all, const struct finding *f);

/* Does it call for a quote of its own? «No pack» is one fact about the VM, not one about each record. */
bool finding_is_suspicious(const struct finding *f);

#endif
