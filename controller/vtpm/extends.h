/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was extended into a VM's TPM since its domain was made, in order, on disk.
 *
 * PCRs live in swtpm's memory. When swtpm or its owner dies under a running guest, a new one is
 * brought to where the old one was by extending all of this again. A change is written here after
 * the TPM carried it out and before the guest hears of it: so what is not here was not done, and a
 * guest that heard nothing finds out by reading its PCRs.
 *
 * A guest that got a TPM with empty PCRs could extend into it whatever it likes to have started
 * with. So a list is begun anew for a domain that has not run, or that never had a TPM, and for no
 * other: one that can't be read any more is «lost», for as long as that domain lives.
 */
#ifndef LAZARET_EXTENDS_H
#define LAZARET_EXTENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXTENDS_GENERATION_SIZE 64 /* text, with NUL */
#define EXTENDS_DIGESTS_MAX	512 /* bytes of a TPML_DIGEST_VALUES as marshalled */
#define EXTENDS_SAVED_SIZE	128 /* text, with NUL */
#define EXTENDS_FILE_MAX	(64L << 20) /* no more is extended then: dom0 must not be filled */

#define EXTENDS_DAMAGED (-2) /* the list is not what it was; to read it again is of no use */

enum extends_type { EXTENDS_EXTEND = 1, EXTENDS_RESET = 2 };

struct extends;

/* What happened to a PCR; @digests of EXTENDS_EXTEND alone. */
struct extends_entry {
	enum extends_type type;
	uint32_t pcr;
	size_t len;
	uint8_t digests[EXTENDS_DIGESTS_MAX];
};

/* Whose list it is to be. */
struct extends_domain {
	const char *generation; /* text that is another for each domain */
	unsigned int incarnation; /* 1: it was started; more: restored, see acm/incarnation.h */
	bool measure; /* it has not run: whatever there is, is not its own */
	const char *saved; /* what extends_saved() said when its last domain was saved, or "" */
};

enum extends_found {
	EXTENDS_FRESH, /* begun: nothing was extended yet */
	EXTENDS_KEPT, /* extends_each() tells what was */
	EXTENDS_LOST, /* what was extended can't be had back */
};

/**
 * extends_open() - the file of a VM
 *
 * The list of another domain is begun anew; that of one that was saved goes on, if this domain is
 * what was restored of it, and is lost, if it may be.
 *
 * Return: NULL after a message: nothing has changed, and it may go well later.
 */
struct extends *extends_open(const char *path, const struct extends_domain *dom,
			     enum extends_found *found);
void extends_close(struct extends *x);

/* The measured start is in it, whole. Return: 0 or -1. */
int extends_set_measured(struct extends *x);
bool extends_measured(const struct extends *x);

/* Marks it as lost, for as long as its domain lives. Return: 0 or -1. */
int extends_lose(struct extends *x);

/**
 * extends_each() - what is in the file, from the first on; a torn last entry is cut off
 *
 * Return: 0; EXTENDS_DAMAGED; -1 if it can't be read now; else what @fn returned as soon as that
 * is not 0.
 */
int extends_each(struct extends *x, int (*fn)(void *arg, const struct extends_entry *e), void *arg);

/* Is there room for one more? It is to be asked before something is extended. */
bool extends_room(const struct extends *x);

/* Adds one. Return: 0; -1: it could not be written, and extends_each() is needed before the next. */
int extends_add(struct extends *x, const struct extends_entry *e);

/**
 * extends_saved() - what the list is, for a domain that is being saved; the list is on disk then
 * @incarnation: of that domain
 * @text:	EXTENDS_SAVED_SIZE bytes
 *
 * Return: 0; -1 if there is no list, or it can't be read.
 */
int extends_saved(const char *path, unsigned int incarnation, char *text);

#endif
