/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times as the daemon writes them: RFC 3339, UTC, milliseconds. */
#ifndef LAZARET_TOOL_WHEN_H
#define LAZARET_TOOL_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define WHEN_SIZE 64 /* room for any text that is made here */

/* Reads «2026-11-22T20:13:05.123Z». Return: false if @text is NULL or something else. */
bool when_parse(const char *text, time_t *seconds);

/* Writes how long ago it was at @now, like «12 s», «5 min», «3 h», «9 d»; «-» if it is no time. */
const char *when_age(char out[WHEN_SIZE], const char *text, time_t now);

/* Writes «2026-11-22 20:13:05.123» for people, who know that it is UTC; «-» if it is no time. */
const char *when_full(char out[WHEN_SIZE], const char *text);

#endif
