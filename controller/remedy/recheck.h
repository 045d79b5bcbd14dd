/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The third round of a repair: another remedy domain, which can only read the disk, scans it anew. The
 * one that wrote to it may have failed to do what it says, or have been taken over by what it read; and
 * what no program of the guest uses while it proves itself is seen in no other way. Steps of a transaction
 * whose «own» is a scan (remedy/scanjob.h); they do nothing if nothing was changed.
 */
#ifndef LAZARET_RECHECK_H
#define LAZARET_RECHECK_H

#include "vm/tx.h"

int recheck_supply(struct tx *tx);
int recheck_create(struct tx *tx);
int recheck_look(struct tx *tx);
int recheck_destroy(struct tx *tx);

/** recheck_read() - fails unless the disk is clean now */
int recheck_read(struct tx *tx);

#endif
