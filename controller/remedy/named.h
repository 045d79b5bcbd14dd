/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a golden policy names: packs, and keys of signers. */
#ifndef LAZARET_NAMED_H
#define LAZARET_NAMED_H

/**
 * named_each() - call @each for every absolute path in the policy
 * @policy:	its file
 *
 * What is wrong in it is not told: who uses the policy does.
 *
 * Return: 0; -1 with errno if it can't be read.
 */
int named_each(const char *policy, void (*each)(void *arg, const char *path), void *arg);

#endif
