/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vtpm children that are to end by themselves, so that their TPMs end in order.
 *
 * Whose socket was closed has a while for it; then it is killed. Nothing here waits, but for our
 * own end.
 */
#ifndef LAZARET_ENDING_H
#define LAZARET_ENDING_H

#include <stdbool.h>
#include <sys/types.h>

/* @pid, of the VM of this @uuid, has been told to end. */
void ending_add(pid_t pid, const char *uuid);

/* Does one of the VM's still run? Until it does not, its TPM's state is in use. */
bool ending_of(const char *uuid);

/* Reaps those that have ended and kills those that should have. To be called now and then. */
void ending_look(void);

/* Waits for all of them: we end, and they with us. */
void ending_wait(void);

#endif
