/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which boot of dom0 this is: domain numbers begin anew with each. */
#ifndef LAZARET_BOOTID_H
#define LAZARET_BOOTID_H

/* Bytes of the text with its NUL. */
#define BOOTID_SIZE 40

/* Fills @out with the kernel's boot_id (Linux, random(4)); "" if it can't be read. */
void bootid_get(char out[BOOTID_SIZE]);

#endif
