/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Was a domain started, or is it the restored image of one that ran before?
 *
 * Both look alike from outside: paused, and none of its processors ever ran. Xen counts, for the
 * sake of the time that a guest sees, how often a machine's state was given to a domain; the number
 * goes through save file and migration, and no guest can change it (xen/arch/x86/time.c,
 * tsc_set_info()).
 */
#ifndef LAZARET_INCARNATION_H
#define LAZARET_INCARNATION_H

#include <stdint.h>

struct ts;

#define INCARNATION_STARTED 1

/**
 * incarnation_get() - which one a domain is
 *
 * To be asked when its creation is complete: before that, one that is being restored looks as if
 * it were started.
 *
 * Return: INCARNATION_STARTED, or one more for each time that it was restored; -1 if Xen does not
 * tell: it needs FLASK's gettsc.
 */
int incarnation_get(struct ts *ts, uint32_t domid);

#endif
