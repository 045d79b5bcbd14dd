/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting a VM in danger off from all others, and seeing that it stays so. */
#ifndef LAZARET_CONTAIN_H
#define LAZARET_CONTAIN_H

#include <stdbool.h>

#include "vm/tx.h"

/* What is done at each level; «freeze» is «isolate» that ends otherwise. */
extern const struct tx_kind contain_isolate, contain_kill, contain_watch;

/**
 * contain_start() - pause, record what is there, relabel, take the network away, verify, go on
 *
 * For a VM whose state demands it; one that does not run needs nothing. If another transaction is
 * under way, that one is broken off and this one follows.
 */
void contain_start(struct vm *vm);

/**
 * contain_pause() - have a pause of ours in force, whoever else has paused the VM
 *
 * Xen counts pauses: ours keeps the VM from running when the one who makes or holds it is through.
 * The intent is to be recorded before, as row.paused_by_us. Return: 0, or -1.
 */
int contain_pause(struct vm *vm);

/* Takes that pause back; those of others stay. Return: 0, or -1. */
int contain_unpause(struct vm *vm);

/**
 * contain_holds() - is a running VM still cut off, seen from outside?
 * @why:	set to what is not as it should be, if the answer is no
 */
bool contain_holds(struct vm *vm, const char **why);

#endif
