/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FLASK labels as an operator sees and sets them. */
#ifndef LAZARET_LABELS_H
#define LAZARET_LABELS_H

#include <jansson.h>

struct host;
struct vm;

/* A running VM's label; null where there is none. A new reference. */
json_t *label_now(const struct vm *vm);

/* Each VM's label now, and the one that it gets back after an incident. A new array. */
json_t *labels_list(struct host *host);

/**
 * labels_set() - give a running VM another label, until it is started again
 * @who:	for the journal
 * @why:	set to the reason if it is refused
 *
 * Never for one that is, or is being, cut off: its label is not the operator's then.
 * Return: 0 or -1.
 */
int labels_set(struct vm *vm, const char *who, const char *label, const char **why);

#endif
