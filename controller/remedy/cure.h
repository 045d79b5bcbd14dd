/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cure: make the disk what it should be, boot cut off, prove, give back what was taken. The disk is
 * rolled back to a golden image, or repaired file by file (remedy/mend.h).
 */
#ifndef LAZARET_CURE_H
#define LAZARET_CURE_H

#include "vm/tx.h"

extern const struct tx_kind cure_kind, repair_kind;

#define CURE_FAILED "the cure failed" /* how the reason of the danger begins, then */

/** cure_refusal() - Return: why a VM can't be cured now, and what to do; NULL: it can */
const char *cure_refusal(const struct vm *vm);

/**
 * cure_start() - begin the cure of a contained VM in danger
 * @who:	operator or «lazaretd»
 * @why:	set on -1: why not, and what to do
 *
 * Return: 0 or -1.
 */
int cure_start(struct vm *vm, const char *who, const char **why);

#endif
