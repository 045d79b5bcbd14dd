/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VM in danger loses besides its label and its network cards: disks, passthrough devices and
 * processor time, as the policy of its section in lazaretd.conf says.
 *
 * That policy is written into the plan with what there was, and holds for the whole incident: a
 * configuration that is changed meanwhile does not change what is taken and given back.
 */
#ifndef LAZARET_WITHDRAW_H
#define LAZARET_WITHDRAW_H

#include <stdbool.h>

#include "vm/tx.h"

/**
 * withdraw_record() - add disks, peers, caps and the policy for them to a plan
 * @plan:	of ts_config()
 *
 * Return: 0; -1 if the disks can't be read.
 */
int withdraw_record(const struct vm *vm, json_t *plan);

/* Steps. What can't be withdrawn is left to step «verify», so that the rest goes all the same. */
int withdraw_disks(struct tx *tx);
int withdraw_pcis(struct tx *tx);
int withdraw_cpu(struct tx *tx);

/* Does the policy of the plan take this disk of the VM? */
bool withdraw_takes(const struct vm *vm, const struct ts_disk *disk);

/**
 * withdraw_holds() - is all of that gone, seen from outside?
 * @why:	set to what is not, if the answer is no
 */
bool withdraw_holds(struct vm *vm, const char **why);

/**
 * withdraw_leaves_peers() - does it share event channels with guests that nothing cuts?
 *
 * Without FLASK only a pause does. Where Xen does not tell, yes.
 */
bool withdraw_leaves_peers(const struct vm *vm);

#endif
