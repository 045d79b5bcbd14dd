/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the plan of a repair on the patient's disk. */
#ifndef LAZARET_WORKER_MEND_H
#define LAZARET_WORKER_MEND_H

#include "worker/rows.h"

/**
 * mend() - change what the plan says, and report each change
 * @root:	where the disk is mounted, to be written
 * @kept:	device that the old files are written to, as a tar archive, before any of them is changed
 * @error:	@size bytes, written if -1 is returned
 *
 * What a vaccine has to cure is kept, and else left to it (worker/vaccines.h). A file that is not as it was found is left alone, and all fails, before anything is changed. A file
 * that is replaced is replaced whole, or not at all.
 *
 * Return: 0, or -1.
 */
int mend(const struct rows *rows, const char *root, const char *kept, char *error, size_t size);

#endif
