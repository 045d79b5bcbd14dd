/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains that a cure of ours made have no «xl» that waits for their end: this does it instead. */
#ifndef LAZARET_KEEP_H
#define LAZARET_KEEP_H

#include "vm/tx.h"

extern const struct tx_kind keep_restart, keep_shutdown, keep_clean_up, keep_start;

/**
 * keep_running() - what «xl» would do for a domain, for one that is ours; once a second
 *
 * One that asks for a reboot is made again, one that powered off is destroyed, one that was
 * made and never started (we crashed, or danger came between) is started if it may run. One that is
 * being saved or migrated is left alone. When it has gone, the next domain of the VM is not ours.
 */
void keep_running(struct vm *vm);

#endif
