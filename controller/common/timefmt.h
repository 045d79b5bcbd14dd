/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as people and JSON write them. */
#ifndef LAZARET_TIMEFMT_H
#define LAZARET_TIMEFMT_H

#include <stdint.h>

#define TIMEFMT_SIZE 32 /* room for one formatted time, with NUL */

/* CLOCK_REALTIME in nanoseconds since 1970. */
int64_t time_now_ns(void);

/* CLOCK_MONOTONIC in milliseconds: for ages, which a changed clock must not bend. */
int64_t time_mono_ms(void);

/**
 * time_format() - RFC 3339, UTC, milliseconds: 2026-01-31T12:00:00.123Z
 * @buf:	TIMEFMT_SIZE bytes
 *
 * Return: @buf.
 */
const char *time_format(char *buf, int64_t ns);

/**
 * time_parse() - a point in time as people write it: 2026-01-31, or 2026-01-31T12:00 with seconds and
 * a Z if one likes; all UTC
 *
 * Return: nanoseconds since 1970, or -1 if @text is none.
 */
int64_t time_parse(const char *text);

#endif
