/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can this host still give back exactly what containment took? */
#ifndef LAZARET_EXACT_H
#define LAZARET_EXACT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct vm;

/**
 * exact_identity() - what tells one file or block device from another of the same path
 *
 * A file: its inode's number and time of birth. A block device: its size. All of that stays over a
 * reboot of the host. Return: a new object; null if there is no such thing.
 */
json_t *exact_identity(const char *path);

/**
 * exact_possible() - compare the host with the VM's plan
 * @why:	filled with the reason if it is not possible: a bridge that is missing; a disk's file
 *		that is gone, or is another one; a disk that another domain has now;
 *		a VM that its workload may not run beside
 *
 * Of disks, those alone are looked at that the VM has not: what is kept is there.
 */
bool exact_possible(const struct vm *vm, char *why, size_t size);

#endif
