/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scan: a remedy domain looks at a VM's disk, which it can only read, and is destroyed.
 *
 * The domain has no network card, the label of the configuration, and three disks (worker/main.c). What it
 * reports is checked for form by a process of its own (remedy/result.h), and told with the event «scan».
 * It is a hint for people: nothing follows from it, neither danger nor a release.
 */
#ifndef LAZARET_SCAN_H
#define LAZARET_SCAN_H

#include <stdbool.h>

#include "vm/tx.h"

struct host;
struct vm;

extern const struct tx_kind scan_kind;

/**
 * scan_start() - begin to scan the disk of a VM that is paused or does not run, or a snapshot of it
 * @who:	operator
 * @snapshot:	file or block device in dom0 that nobody writes to, absolute path; NULL: the VM's own disk
 * @why:	set on -1: why not, and what to do
 *
 * Return: 0 or -1.
 */
int scan_start(struct vm *vm, const char *who, const char *snapshot, const char **why);

/** scan_is_domain() - has a remedy domain this UUID? Then it is no VM. */
bool scan_is_domain(const char *uuid);

/** scan_sweep() - at our start and end: destroy what remedy domains there are, and wait for it */
void scan_sweep(struct host *host);

#endif
