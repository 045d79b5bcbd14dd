/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who speaks for a domain. A module makes its boot nonce once, when it is loaded, and keeps it over
 * connections, suspend and resume: another one in the same domain is another module, or another
 * kernel. Nobody says what ran in between, so that the VM is unknown until it is a new domain, or
 * until an operator has released it while this module spoke.
 *
 * In the store, as "speaker" {"domain", "boot", "other"} in the object of vtpm/enrol.h.
 */
#ifndef LAZARET_SPEAKER_H
#define LAZARET_SPEAKER_H

#include <stdbool.h>

#include "common/bootid.h"

#define SPEAKER_WHY                                                                              \
	"another module speaks for this domain than at first: only a new start of the VM tells " \
	"what it runs"

/* Bytes of a domain's name with its NUL: its number is another's after a boot of the host. */
#define SPEAKER_DOMAIN_SIZE (BOOTID_SIZE + 24)

struct vm;

/* The present domain's name, of which there was never another. */
void speaker_domain(const struct vm *vm, char out[SPEAKER_DOMAIN_SIZE]);

/* HELLO came. Return: what is known changed, and the VM's row must be saved. */
bool speaker_heard(struct vm *vm);

/* Is it not the one that spoke first, and nobody has released it? */
bool speaker_is_other(const struct vm *vm);

#endif
