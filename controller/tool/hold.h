/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM in danger that is being made while no daemon runs. */
#ifndef LAZARET_TOOL_HOLD_H
#define LAZARET_TOOL_HOLD_H

#include <stdint.h>

#include "tool/args.h"

/**
 * hold_offline() - pause a domain if it must be cut off, until the daemon runs and has done that
 * @args:	--db, --json
 *
 * Whether it must be, the daemon's store tells (acm/starthold.h has the rest).
 * Return: an exit status; 0: it may go on being made.
 */
int hold_offline(const struct args *args, uint32_t domid);

#endif
