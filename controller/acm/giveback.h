/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that give back what withdraw.h took, as recorded in the plan. */
#ifndef LAZARET_GIVEBACK_H
#define LAZARET_GIVEBACK_H

#include <stdbool.h>

#include "vm/tx.h"

/* Is it possible exactly as it was? Before anything is given back. */
int giveback_exact(struct tx *tx);

int giveback_disks(struct tx *tx);
int giveback_pcis(struct tx *tx);
int giveback_cpu(struct tx *tx);

/* Is all of it there as recorded? Return: 1; 0 with @why set. */
bool giveback_same(const struct vm *vm, const char **why);

/**
 * giveback_complete() - put what was withdrawn into a configuration read from the domain
 * @config:	of ts_config(); disks and passthrough devices of the plan that it lacks are added where they
 *		were
 *
 * For what is measured of a start: the VM gets them back, and is the same VM with and without.
 */
void giveback_complete(const struct vm *vm, json_t *config);

#endif
