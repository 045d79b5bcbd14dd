/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a path of a Debian system is for. No such list is ever complete. */
#ifndef LAZARET_WORKER_PLACES_H
#define LAZARET_WORKER_PLACES_H

#include <stdbool.h>

/** places_starts() - does the system look there for what to start, to load or to let in? */
bool places_starts(const char *path);

/** places_leads() - would a link of this name lead to such a place? */
bool places_leads(const char *path);

/** places_changes() - does the system change files there by itself? */
bool places_changes(const char *path);

#endif
