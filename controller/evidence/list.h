/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IMA's list in a file that grows: how far it is whole, and whether it explains a quote. */
#ifndef LAZARET_EVIDENCE_LIST_H
#define LAZARET_EVIDENCE_LIST_H

#include "common/ipc.h"

/**
 * list_read() - read the whole records of a list
 * @fd:		the file; its offset is neither used nor changed
 * @pcr:	what the list must lead to, after some record or none
 * @out:	filled if 0 is returned
 *
 * Return: 0; -1 with @why: it is empty, no list, or can't be read.
 */
int list_read(int fd, const struct ipc_list *pcr, struct ipc_listed *out, const char **why);

#endif
