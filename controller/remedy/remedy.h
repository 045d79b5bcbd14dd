/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that do the work of a step. */
#ifndef LAZARET_REMEDY_H
#define LAZARET_REMEDY_H

#include "vm/tx.h"

/**
 * remedy_spawn() - start a child in a role for a step, which waits for its end
 * @argv, @fd_a, @fd_b: as spawn_role()'s
 *
 * The step is run again at the child's end, with op_rc 0 if it said that it is done; else «note» says
 * why not. Findings that it sends are given to tx->heard before that.
 *
 * Return: TX_WAIT, or TX_FAILED.
 */
int remedy_spawn(struct tx *tx, const char *const argv[], int fd_a, int fd_b);

#endif
