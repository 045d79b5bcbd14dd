/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dom0 gave the worker: the supply disk (remedy/supply.h). */
#ifndef LAZARET_WORKER_SUPPLIES_H
#define LAZARET_WORKER_SUPPLIES_H

#include <stddef.h>

#include "golden/policy.h"
#include "remedy/supply.h"

#define SUPPLIES_UNPACKED "/run/supplies"
#define SUPPLIES_KEY	  SUPPLIES_UNPACKED "/" SUPPLY_KEY

/**
 * supplies_unpack() - unpack the disk @device into the new folder @dir
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int supplies_unpack(const char *device, const char *dir, char *error, size_t size);

/**
 * supplies_policy() - the golden policy that is there
 * @policy:	set to it, to be freed with policy_free(); NULL if there is none
 *
 * Return: 0, or -1.
 */
int supplies_policy(const char *dir, struct policy **policy, char *error, size_t size);

#endif
