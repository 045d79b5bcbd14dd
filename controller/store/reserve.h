/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room on the disk for what must not be forgotten; private to controller/store/. */
#ifndef LAZARET_RESERVE_H
#define LAZARET_RESERVE_H

#include <stdbool.h>

#include "store/db.h"

#define RESERVE_STEP (256L << 10) /* given up at once: others on the same disk take of it as well */
#define RESERVE_ROOM (2 * STORE_RESERVE_BYTES) /* free space that allows it to be made again */

bool reserve_whole(const struct store *store);

/**
 * reserve_make() - take what is missing of the reserve from the disk
 *
 * Return: whether it is whole now.
 */
bool reserve_make(struct store *store);

/**
 * reserve_give() - give up one step of it, after a message
 *
 * Return: false if there is nothing left, or it can't be given.
 */
bool reserve_give(struct store *store);

/* Makes it again when there is room enough, so that the next full disk finds it whole. */
void reserve_refill(struct store *store);

#endif
