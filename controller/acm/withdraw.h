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
 * withdraw_leaves_peers() - does it share with other guests what only a pause can cut?
 *
 * A vchan is an event channel and memory of one guest that the other has mapped. FLASK denies the
 * events of a VM in danger, but neither its peer's events nor the memory can be taken away without
 * their help: two that look at it again and again need no events. With FLASK, the policy may say
 * that its events are enough. Where Xen does not tell, yes.
 */
bool withdraw_leaves_peers(const struct vm *vm);

#endif
