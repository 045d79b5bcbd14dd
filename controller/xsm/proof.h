/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a compiled policy must not allow, looked for rule by rule.
 *
 * One type reaches another if it may map or copy its memory, do anything else to it, or send on a
 * channel that may end there. Nothing leads from the danger label to any guest, nor back; nor to or
 * from a guest that waits for its admission, which nobody may start; nor between workloads unless
 * the operator's file says so. What of Xen's base is no guest (dom0, a xenstore domain) is where
 * everything rests, but for what even dom0 must not do to a VM in danger: save, migrate or share it.
 */
#ifndef LAZARET_XSM_PROOF_H
#define LAZARET_XSM_PROOF_H

#include <jansson.h>

#define PROOF_DANGER "lz_danger_t" /* the type whose isolation is proven */

struct workloads;
struct xsm_policy;

struct proof {
	json_t *findings; /* array of {from, to, class, permissions, via, why}; empty: proven */
	unsigned int pairs; /* pairs of types that were looked at */
	unsigned int types; /* types that a guest may have */
};

/**
 * proof_run() - look for every way that must not be
 * @ws:		workloads that the policy is to keep apart; NULL: those of Lazaret alone
 * @out:	to be given to proof_free()
 */
void proof_run(struct xsm_policy *p, const struct workloads *ws, struct proof *out);
void proof_free(struct proof *proof);

#endif
