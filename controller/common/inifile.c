/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/inifile.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* inih reads lines into a buffer of 200 bytes and would take the rest for another line. */
#define LINE_BYTES_MAX	198
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void inifile_complain(struct inifile *f, unsigned int line, const char *fmt, ...)
{
	va_list args;

	f->failed = true;
	fprintf(f->errors, "%s:%u: ", f->path, line);
	va_start(args, fmt);
	vfprintf(f->errors, fmt, args);
	va_end(args);
	fputc('\n', f->errors);
}

/* Called by inih for «key = value». Its own idea of the section is cut at 49 bytes: not used. */
static int on_value(void *arg, const char *no_section, const char *name, const char *value)
{
	struct inifile *f = arg;

	(void)no_section;
	f->value(f->arg, name, value);
	return 1;
}

/* @text: from its «[», without the newline */
static void read_header(struct inifile *f, char *text)
{
	char *end = strchr(text, ']');
	const char *rest = end ? end + 1 + strspn(end + 1, " \t") : NULL;

	if (!end || (*rest && *rest != ';' && *rest != '#')) {
		inifile_complain(f, f->line, "a section's header is [NAME] and nothing else");
		f->section(f->arg, NULL);
		return;
	}
	do
		*end = '\0';
	while (end-- > text + 1 && isblank((unsigned char)*end));
	text++;
	f->section(f->arg, text + strspn(text, " \t"));
}

/* @line: @len bytes and a NUL */
static void read_line(struct inifile *f, char *line, size_t len)
{
	bool nul = strlen(line) != len;

	len = strcspn(line, "\r\n");
	line[len] = '\0';
	if (f->line == 1 && !strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		line += strlen(BYTE_ORDER_MARK);
	line += strspn(line, " \t"); /* or inih continues the value before it */
	if (nul)
		inifile_complain(f, f->line, "a NUL byte: this is no text file");
	else if (len > LINE_BYTES_MAX)
		inifile_complain(f, f->line, "longer than %d bytes", LINE_BYTES_MAX);
	else if (*line == '[')
		read_header(f, line);
	else if (ini_parse_string(line, on_value, f))
		inifile_complain(f, f->line, "neither «key = value» nor [section] nor a comment");
}

void inifile_read(struct inifile *f, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, file)) >= 0) {
		f->line++;
		read_line(f, line, (size_t)len);
	}
	if (ferror(file))
		inifile_complain(f, f->line + 1, "%s", strerror(errno));
	free(line);
}
