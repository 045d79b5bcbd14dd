/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who reaches whom by a policy: for proof.c alone. */
#ifndef LAZARET_XSM_REACH_H
#define LAZARET_XSM_REACH_H

#include "xsm/policydb.h"
#include "xsm/proof.h"

#define REACH_CLASSES 7 /* classes whose permissions are done to a domain */

struct reach {
	struct xsm_policy *p;
	struct proof *out;
	bool guest[XSM_TYPES_MAX]; /* by type - 1: a guest may have this label */
	bool trusted[XSM_TYPES_MAX]; /* dom0 and a xenstore domain */
	xsm_class class[REACH_CLASSES];
	uint32_t harmless[REACH_CLASSES]; /* permissions by which nobody reaches anybody */
	xsm_class event;
	uint32_t send, bind;
};

/* Return: false if the policy lacks what every policy of Xen's base has. */
bool reach_init(struct reach *r, struct xsm_policy *p, struct proof *out);

bool reach_is_guest(const struct reach *r, xsm_type type);
bool reach_is_trusted(const struct reach *r, xsm_type type);

/* Is a domain that was made without a label a held one? */
bool reach_holds_unlabelled(const struct reach *r);

/* Each way by which @from reaches @to becomes a finding: directly, and by event channels. */
void reach_look(struct reach *r, xsm_type from, xsm_type to, const char *why);
void reach_look_directly(struct reach *r, xsm_type from, xsm_type to, const char *why);

/* A finding, if @from may do that to @to. @perm: NULL: anything of that class. */
void reach_forbid(struct reach *r, xsm_type from, xsm_type to, const char *class, const char *perm,
		  const char *why);

#endif
