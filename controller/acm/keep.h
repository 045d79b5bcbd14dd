/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains that a cure of ours made have no «xl» that waits for their end: this does it instead. */
#ifndef LAZARET_KEEP_H
#define LAZARET_KEEP_H

struct vm;

/* A domain of ours that asks for a reboot is made again, one that powered off is destroyed. */
void keep_running(struct vm *vm);

#endif
