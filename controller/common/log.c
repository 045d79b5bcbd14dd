/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* A message is one line: longer ones are cut, so that a hostile path can't flood the log. */
#define LOG_LINE_MAX 2048

static const char *log_ident = "lazaret";
static bool log_to_syslog;
static bool log_verbose;

void log_init(const char *ident, bool to_syslog, bool verbose)
{
	log_ident = ident;
	log_verbose = verbose;
	log_to_syslog = to_syslog;
	if (to_syslog)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

/* Control characters (newlines of a file name, escape sequences) never reach a terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static void emit(int priority, const char *fmt, va_list ap, int with_errno)
{
	char line[LOG_LINE_MAX];
	size_t n = 0;

	if (vsnprintf(line, sizeof(line), fmt, ap) > 0)
		n = strlen(line);
	if (with_errno)
		snprintf(line + n, sizeof(line) - n, ": %s", strerror(with_errno));
	make_printable(line);
	if (log_to_syslog)
		syslog(priority, "%s", line);
	else
		fprintf(stderr, "%s: %s\n", log_ident, line);
}

#define EMIT(priority, err)                           \
	do {                                          \
		int saved_errno = (err);              \
		va_list ap;                           \
		va_start(ap, fmt);                    \
		emit(priority, fmt, ap, saved_errno); \
		va_end(ap);                           \
	} while (0)

void log_warn(const char *fmt, ...)
{
	EMIT(LOG_WARNING, errno);
}

void log_warnx(const char *fmt, ...)
{
	EMIT(LOG_WARNING, 0);
}

void log_info(const char *fmt, ...)
{
	EMIT(LOG_INFO, 0);
}

void log_debug(const char *fmt, ...)
{
	if (log_verbose)
		EMIT(LOG_DEBUG, 0);
}

void fatal(const char *fmt, ...)
{
	EMIT(LOG_CRIT, errno);
	exit(1);
}

void fatalx(const char *fmt, ...)
{
	EMIT(LOG_CRIT, 0);
	exit(1);
}
