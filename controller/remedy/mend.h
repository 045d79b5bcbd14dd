/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The repair: what a cure does between two scans of a disk when it is not to be rolled back. Steps of a
 * transaction whose «own» is a scan (remedy/scanjob.h), after those of the scan.
 */
#ifndef LAZARET_MEND_H
#define LAZARET_MEND_H

#include "vm/tx.h"

/**
 * mend_plan() - decide what becomes of each finding, and put it on record
 *
 * Fails if there is one that nothing can be done about. A clean disk needs no change: the steps that
 * follow do nothing then.
 */
int mend_plan(struct tx *tx);

/*
 * The second round, in which the domain carries the plan out: the steps of a scan, of which the disk may
 * be written now; then what was removed goes to the sick bay.
 */
int mend_supply(struct tx *tx);
int mend_create(struct tx *tx);
int mend_look(struct tx *tx);
int mend_destroy(struct tx *tx);
int mend_read(struct tx *tx);
int mend_keep(struct tx *tx);

#endif
