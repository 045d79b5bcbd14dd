/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a TPM that moves; private to move.c. Each const char * is NULL, or what went wrong. */
#ifndef LAZARET_MOVEFILE_H
#define LAZARET_MOVEFILE_H

#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

/* Reads those in @folder that move into @vm's "files"; refuses what can't move now. */
const char *movefile_gather(const char *folder, json_t *vm);

/* An empty folder for a TPM, in the place of what an earlier try left. */
const char *movefile_begin(const char *folder);

/* Writes @vm's "files": known names alone. */
const char *movefile_scatter(const char *folder, const json_t *vm);

/* The certificate of its endorsement key, issued again by the authority in @ca_dir. */
const char *movefile_endorse(const char *folder, const char *ca_dir, const json_t *vm);

/* One file, root's alone, on disk on return. Return: 0, or -1 with errno. */
int movefile_write(const char *folder, const char *name, const void *data, size_t len);

/* Puts the folder in its place, where one that has moved away may be. */
const char *movefile_commit(const char *fresh, const char *folder);

/* Return: @why. */
const char *movefile_undo(const char *fresh, const char *why);

#endif
