/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attest role: one process for each VM, which reads all that its guest says. */
#ifndef LAZARET_ATTEST_CHILD_H
#define LAZARET_ATTEST_CHILD_H

/**
 * attest_child() - the role's whole life
 * @argv:	domid, uid, gid, folder to be locked in, seconds between challenges, golden
 *		policy or «-», golden pack or «-», «tpm» or «-»
 *
 * IPC_FD is the socket to the parent, IPC_FD_A the spool of its log if there is
 * one.
 * Return: exit status.
 */
int attest_child(int argc, char **argv);

#endif
