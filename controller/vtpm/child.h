/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The «vtpm» role: one VM's TPM, between the guest's ring and swtpm. */
#ifndef LAZARET_VTPM_CHILD_H
#define LAZARET_VTPM_CHILD_H

/* Return: exit status. */
int vtpm_child(void);

#endif
