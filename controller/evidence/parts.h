/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small parts of evidence: all but IMA's list and the sums. */
#ifndef LAZARET_EVIDENCE_PARTS_H
#define LAZARET_EVIDENCE_PARTS_H

#include "evidence/bundle.h"

struct ipc_tpm_quoted;
struct vm;

/* Return: NULL, or why not. */
const char *parts_fill(struct bundle *b, const struct vm *vm, const struct ipc_tpm_quoted *q);

/* Sums and signature: of the parts that are there, and of a list with the sum @ima. Likewise. */
const char *parts_seal(struct bundle *b, const struct vm *vm, const uint8_t *ima);

#endif
