/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Brings a new pack into a policy, and the old one out of it. */
#ifndef LAZARET_ROLLOUT_H
#define LAZARET_ROLLOUT_H

/* Bytes of the text that explains why nothing was changed. */
#define ROLLOUT_ERROR_MAX 1024

/**
 * struct rollout - what is to change
 * @policy:	the policy's file; all of its lines but those below stay as they are
 * @pack:	golden from now on, absolute path
 * @replaces:	the pack whose place it takes, as the policy names it; NULL: none
 * @until:	until when both are golden, as a policy says it; NULL: @replaces is retired at once
 */
struct rollout {
	const char *policy;
	const char *pack;
	const char *replaces;
	const char *until;
};

/**
 * rollout() - write the policy anew
 * @error:	ROLLOUT_ERROR_MAX bytes, written if -1 is returned
 *
 * The new policy is checked before it replaces the old one, at once. A pack that is golden already
 * is not named twice. The line says «from» the pack's number on, so that an older one in its place is
 * refused from then on; and here already: if the policy wants a greater number, has another
 * pack of this name with a greater number, or calls this one retired or denied.
 *
 * Return: 0, or -1; then the policy is as it was (or, if the folder can't be synced, as it is to be).
 */
int rollout(const struct rollout *r, char *error);

#endif
