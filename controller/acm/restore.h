/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving back exactly what containment took: label and network cards. */
#ifndef LAZARET_RESTORE_H
#define LAZARET_RESTORE_H

#include <stdint.h>

#include "vm/tx.h"

/* Steps for transactions that end with a restored VM. */
int restore_label(struct tx *tx);
int restore_nics(struct tx *tx);
int restore_verify(struct tx *tx);

extern const struct tx_kind release_kind;

/* The incident is over: its plan is forgotten. */
void restore_done(struct vm *vm, const char *who);

/**
 * release_start() - an operator lets a VM out in spite of its findings
 * @who:	operator, as known from the socket
 * @reason:	for the journal
 *
 * What it has been found with so far is accepted until RELEASE_HOURS are over or it boots anew;
 * any other finding puts it in danger again.
 * Return: 0; -1 if something else is being done to it.
 */
int release_start(struct vm *vm, const char *who, const char *reason);

/* The same until another time, in nanoseconds since 1970. */
int release_until(struct vm *vm, const char *who, const char *reason, int64_t until_ns);

/* Goes on with a release that a restart of ours, or of the VM, has broken off. */
void release_resume(struct vm *vm);

#define RELEASE_HOURS 24

#endif
