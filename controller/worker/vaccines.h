/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vaccines: programs of others that look for what they know, and cure it (lazaret-vaccine(7) is their
 * contract). They have read what an infected system wrote; nothing that they say is believed before the
 * disk was scanned anew.
 */
#ifndef LAZARET_WORKER_VACCINES_H
#define LAZARET_WORKER_VACCINES_H

#include "worker/rows.h"

#define VACCINES_LINE 16384 /* bytes of a line of theirs, with its newline */
#define VACCINES_RULE 128 /* bytes of what they call what they find, at most */
#define VACCINES_CURABLE \
	0 /* their exit status: they have looked at all, or have done what they can */

/**
 * vaccines_scan() - let each look at the disk, and report what it finds
 * @dir:	folder of vaccines; may be missing
 * @root:	where the guest's disk is mounted
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0; -1 if one of them failed: then nothing is known.
 */
int vaccines_scan(const char *dir, const char *root, char *error, size_t size);

/**
 * vaccines_cure() - let those that the plan names do what they can, and report what they say they changed
 * @root:	where it is mounted, to be written
 *
 * Return: 0; -1 if one of them failed.
 */
int vaccines_cure(const struct rows *rows, const char *dir, const char *root, char *error,
		  size_t size);

#endif
