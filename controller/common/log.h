/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of every program of the controller: to stderr or to syslog. */
#ifndef LAZARET_LOG_H
#define LAZARET_LOG_H

#include <stdbool.h>

/**
 * log_init() - choose where messages go
 * @ident:	name before each message; must live as long as the process
 * @to_syslog:	true: syslog, facility daemon; false: stderr
 * @verbose:	print log_debug() too
 *
 * Before it is called, messages go to stderr.
 */
void log_init(const char *ident, bool to_syslog, bool verbose);

/* Each takes a printf format. log_warn and fatal add ": strerror(errno)". */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The process can't go on: message, then exit status 1. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void fatalx(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
