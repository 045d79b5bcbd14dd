/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card or disk whose making was broken off by a crash of ours: it is in xenstore, and its script is
 * never run. It can only be taken away, and made again.
 */
#ifndef LAZARET_HALF_H
#define LAZARET_HALF_H

#include "vm/tx.h"

/* Takes away what is half made of that which containment takes. A script that still runs is waited for. */
int half_step(struct tx *tx);

/*
 * After that: if anything was taken away, its guest must see that before it comes again. Linux' driver of
 * network cards looks for the old backend at the same place, and would wait for the new one to close.
 */
int half_heard(struct tx *tx);

#endif
