/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A golden policy: what a VM's log is compared with, and what follows. policy/golden/POLICY.md. */
#ifndef LAZARET_POLICY_H
#define LAZARET_POLICY_H

#include <stdbool.h>
#include <stdio.h>

#include "attest/verify.h"
#include "golden/shelf.h"

/* Keys that packs may be signed by, at most. */
#define POLICY_SIGNERS_MAX 16

/**
 * struct policy - one policy
 * @shelf:	owned
 * @signer:	@signers keys; if there is one, each pack must be signed by one of them
 * @action:	per class, where @given
 * @expires:	when the next pack retires, seconds since 1970; 0: never
 */
struct policy {
	struct shelf shelf;
	uint8_t signer[POLICY_SIGNERS_MAX][SIGN_KEY_SIZE];
	size_t signers;
	enum finding_action action[FINDING_CLASSES];
	bool given[FINDING_CLASSES];
	int64_t expires;
};

/**
 * policy_load() - read a policy, open its packs
 * @policy:	an INI file; NULL: none
 * @pack:	if there is no policy: a golden pack, which is a policy of this one pack
 * @errors:	where each error goes, as «path:line: text» on a line of its own
 *
 * Return: to be freed with policy_free(); NULL if there was an error.
 */
struct policy *policy_load(const char *policy, const char *pack, FILE *errors);

/** policy_apply() - let it say what a verifier's classes mean */
void policy_apply(const struct policy *p, struct verifier *v);

/** policy_free() - NULL is fine */
void policy_free(struct policy *p);

#endif
