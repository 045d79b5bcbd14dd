/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks: one line of text each, in the folder of a VM's TPM, that outlive whoever set them.
 *
 * «held»: a domain that is paused by us until its TPM is up. «saved»: see extends_saved().
 * «moved»: the TPM has been handed out for another host (move.h), and does not start here any more.
 */
#ifndef LAZARET_MARK_H
#define LAZARET_MARK_H

#include <stdbool.h>
#include <stddef.h>

#define MARK_HELD  "held"
#define MARK_SAVED "saved"
#define MARK_MOVED "moved"
#define MARK_SIZE  128 /* text, with NUL */

/* It is on disk when this returns; @dir is made if it is missing. Return: 0; -1 after a message. */
int mark_set(const char *dir, const char *name, const char *text);

/* Fills @text, MARK_SIZE bytes. Return: false, with "", if there is no such mark. */
bool mark_get(const char *dir, const char *name, char *text);

void mark_clear(const char *dir, const char *name);

#endif
