/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which domains there are, and which guests have published a channel: by xenstore watches. */
#ifndef LAZARET_DISCOVER_H
#define LAZARET_DISCOVER_H

struct host;

/* Starts to watch. Return: 0, or -1 after a message. */
int discover_start(struct host *host);

/* Compares the toolstack's list with what is known, now. */
void discover_domains(struct host *host);

#endif
