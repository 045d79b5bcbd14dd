/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory a job took: for whoever sets remedy-memory. */
#ifndef LAZARET_WORKER_MEMORY_H
#define LAZARET_WORKER_MEMORY_H

/** memory_tell() - a line on the console; nothing of it comes into the result */
void memory_tell(void);

#endif
