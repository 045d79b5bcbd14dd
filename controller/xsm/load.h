/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives Xen another FLASK policy, while it runs. */
#ifndef LAZARET_XSM_LOAD_H
#define LAZARET_XSM_LOAD_H

#include <stddef.h>

/**
 * xsm_load() - load a compiled policy into the Xen that we run on
 * @error:	@size bytes: why it was refused, and what to do
 *
 * Labels of domains stay; Xen refuses a policy that does not know one of them. It is forgotten with
 * the next boot. Return: 0 or -1.
 */
int xsm_load(const char *path, char *error, size_t size);

#endif
