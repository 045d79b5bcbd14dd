/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was extended into a VM's TPM since its domain was made, in order, on disk.
 *
 * PCRs live in swtpm's memory. When swtpm or its owner dies under a running guest, a new one is
 * brought to where the old one was by extending all of this again. A change is written here after
 * the TPM carried it out and before the guest hears of it: so what is not here was not done, and a
 * guest that heard nothing finds out by reading its PCRs.
 */
#ifndef LAZARET_EXTENDS_H
#define LAZARET_EXTENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXTENDS_GENERATION_SIZE 64 /* text, with NUL */
#define EXTENDS_DIGESTS_MAX	512 /* bytes of a TPML_DIGEST_VALUES as marshalled */
#define EXTENDS_FILE_MAX	(64L << 20) /* then the file ends: a guest must not fill dom0 */

enum extends_type { EXTENDS_EXTEND = 1, EXTENDS_RESET = 2 };

struct extends;

/* What happened to a PCR; @digests of EXTENDS_EXTEND alone. */
struct extends_entry {
	enum extends_type type;
	uint32_t pcr;
	size_t len;
	uint8_t digests[EXTENDS_DIGESTS_MAX];
};

/**
 * extends_open() - the file of a VM
 * @generation:	text that is another for each domain: the file of an older one is emptied
 * @measured:	for a file just begun: its start was measured; else filled from the file
 * @fresh:	set: nothing was extended yet in this generation
 *
 * Return: NULL after a message.
 */
struct extends *extends_open(const char *path, const char *generation, bool *measured, bool *fresh);
void extends_close(struct extends *x);

/**
 * extends_each() - what is in the file, from the first on; a torn last entry is cut off
 *
 * Return: 0; -1 if the file is damaged or was full, so that PCRs can't be had back; else what @fn
 * returned as soon as that is not 0.
 */
int extends_each(struct extends *x, int (*fn)(void *arg, const struct extends_entry *e), void *arg);

/* Adds one. Return: 0; -1: it could not be written, the file is of no use any more. */
int extends_add(struct extends *x, const struct extends_entry *e);

#endif
