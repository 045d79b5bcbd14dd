/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The doorbell: how we learn at once that IMA's list has grown.
 *
 * IMA calls integrity_audit_msg(AUDIT_INTEGRITY_PCR, ...) right after each
 * append, with its locks dropped, in the task that is being measured; a kernel
 * that Lazaret was built into has a notifier in the same place.  A bell that
 * does not ring costs time, never a record: the list is the source.
 */
#ifndef LZ_DOORBELL_H
#define LZ_DOORBELL_H

#include <linux/types.h>
#include <uapi/lazaret.h>

/**
 * lz_doorbell_install() - install the best doorbell that works here
 *
 * Tries the notifier, ftrace, kprobe, then leaves it to the poll; the module's
 * parameter «doorbell» says where to begin.  Call it last in init: what it
 * installs runs this module's text in other tasks and is never taken away.
 */
void lz_doorbell_install(void);

/**
 * lz_doorbell_mode() - the doorbell that was installed
 */
enum lz_doorbell lz_doorbell_mode(void);

/**
 * lz_doorbell_name() - its name, as the parameter «doorbell» takes it
 */
const char *lz_doorbell_name(void);

/**
 * lz_doorbell_rings() - how often it rang
 */
u64 lz_doorbell_rings(void);

/**
 * lz_doorbell_holds() - does it ring in the measuring task, which can wait there?
 */
bool lz_doorbell_holds(void);

/**
 * lz_doorbell_ring() - IMA's list has grown, in this task
 *
 * May sleep.  Allocates no crypto, loads no module, opens no file: each of
 * these could be measured in turn and wait for itself.
 */
void lz_doorbell_ring(void);

/**
 * lz_doorbell_touch() - IMA's list has grown, and we may not sleep; any context
 */
void lz_doorbell_touch(void);

#endif /* LZ_DOORBELL_H */
