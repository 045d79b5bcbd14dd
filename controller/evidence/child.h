/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The evidence role: whatever of making an archive takes time or memory, out of a guest's list. It
 * has the list's file and the archive's, and neither keys nor network.
 */
#ifndef LAZARET_EVIDENCE_CHILD_H
#define LAZARET_EVIDENCE_CHILD_H

/* Arguments: user, group, folder to be locked in. Return: exit status. */
int evidence_child(int argc, char **argv);

/* The same without giving up anything, for tests: until the parent is gone. Return: exit status. */
int evidence_serve(void);

#endif
