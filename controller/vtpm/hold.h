/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain that has not run yet is held paused until its TPM is up.
 *
 * That is on record before it is done: whoever comes after us, should we be killed meanwhile, knows
 * that this pause is ours to take back.
 */
#ifndef LAZARET_HOLD_H
#define LAZARET_HOLD_H

struct vtpm;

/* Holds it, if it has not run. tpm->held and tpm->measure say what came of that. */
void hold_take(struct vtpm *tpm);

/* Lets it go on, if it is held. */
void hold_release(struct vtpm *tpm);

/* The domain is gone, and its pause with it. */
void hold_forget(struct vtpm *tpm);

#endif
