/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INI files, line by line, with each error told by file and line. What keys mean is the caller's. */
#ifndef LAZARET_INIFILE_H
#define LAZARET_INIFILE_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct inifile - one file while it is read
 * @path:	for messages
 * @errors:	where they go, as «path:line: text», a line each
 * @section:	called for «[name]»; @name may be changed; NULL: a header that can't be read
 * @value:	called for «key = value»
 * @arg:	for both
 * @line:	the one being read, from 1
 * @failed:	there was an error
 */
struct inifile {
	const char *path;
	FILE *errors;
	void (*section)(void *arg, char *name);
	void (*value)(void *arg, const char *key, const char *value);
	void *arg;
	unsigned int line;
	bool failed;
};

/** inifile_read() - read all lines; @f->failed tells whether there was an error */
void inifile_read(struct inifile *f, FILE *file);

/** inifile_complain() - tell of an error in a line; a printf format */
void inifile_complain(struct inifile *f, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
