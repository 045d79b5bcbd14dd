/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/debian.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "golden/build.h"

/* Packages in one list, at most: Debian 12 has 64,000. */
#define LIST_MAX 1000000

/* Bytes of a line with its newline: Debian 12 has some of 30,000, which are lists of what is provided. */
#define LINE_BYTES_MAX (1U << 20)

/* One stanza while its lines are read. */
struct stanza {
	struct debian_package package;
	bool any; /* a line was read */
	bool malformed;
	bool absent; /* a status file says that its files are not there */
};

static bool copy(char *out, size_t size, const char *value, size_t len)
{
	while (len && (*value == ' ' || *value == '\t')) {
		value++;
		len--;
	}
	while (len && (value[len - 1] == ' ' || value[len - 1] == '\t' || value[len - 1] == '\r'))
		len--;
	if (len >= size || memchr(value, '\0', len))
		return false;
	memset(out, 0, size);
	memcpy(out, value, len);
	return true;
}

/* Of such bytes only, and beginning with a letter or digit: so a name is no path, and no text to act on. */
static bool is_word(const char *text, const char *others)
{
	if (!isalnum((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

static bool copy_sum(struct debian_package *p, const char *value, size_t len)
{
	char hex[2 * DEBIAN_SUM_SIZE + 1];

	p->has_sum = copy(hex, sizeof(hex), value, len) &&
		     hex_decode(p->sum, sizeof(p->sum), hex) == DEBIAN_SUM_SIZE;
	return p->has_sum;
}

/* dpkg's third word of a package's status says whether its files are there. */
static bool has_files(const char *value, size_t len)
{
	static const char *const there[] = {"installed", "unpacked", "half-configured",
					    "triggers-awaited", "triggers-pending"};
	char text[64], *word;

	if (!copy(text, sizeof(text), value, len))
		return false;
	word = strrchr(text, ' ');
	for (size_t i = 0; word && i < sizeof(there) / sizeof(there[0]); i++)
		if (!strcmp(word + 1, there[i]))
			return true;
	return false;
}

static bool is_field(const char *line, size_t len, const char *name)
{
	return len == strlen(name) && !strncasecmp(line, name, len);
}

static void read_line(struct stanza *s, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t head = colon ? (size_t)(colon - line) : 0, rest = len - head - 1;
	struct debian_package *p = &s->package;
	bool fits = true;

	s->any = true;
	if (!colon || line[0] == ' ' || line[0] == '\t')
		return;
	if (is_field(line, head, "Package"))
		fits = copy(p->name, sizeof(p->name), colon + 1, rest);
	else if (is_field(line, head, "Version"))
		fits = copy(p->version, sizeof(p->version), colon + 1, rest);
	else if (is_field(line, head, "Architecture"))
		fits = copy(p->arch, sizeof(p->arch), colon + 1, rest);
	else if (is_field(line, head, "SHA256"))
		fits = copy_sum(p, colon + 1, rest);
	else if (is_field(line, head, "Status"))
		s->absent = !has_files(colon + 1, rest);
	s->malformed |= !fits;
}

static bool is_complete(const struct stanza *s)
{
	const struct debian_package *p = &s->package;

	/* dpkg: lib/dpkg/parsehelp.c, pkg_name_is_illegal; arch.c, dpkg_arch_name_is_illegal. */
	return !s->malformed && is_word(p->name, "-+._") && is_word(p->version, "-+.~:") &&
	       is_word(p->arch, "-");
}

int debian_parse(const char *text, size_t len, struct debian_package *out)
{
	struct stanza s = {0};

	for (const char *end; len; text = end + 1) {
		end = memchr(text, '\n', len);
		if (end == text)
			break;
		read_line(&s, text, end ? (size_t)(end - text) : len);
		if (!end)
			break;
		len -= (size_t)(end + 1 - text);
	}
	*out = s.package;
	return is_complete(&s) ? 0 : -1;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(struct debian_package, has_sum));
}

static int add(struct debian_list *list, const struct debian_package *p)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 512;
		struct debian_package *grown;

		if (room > LIST_MAX)
			return -1;
		grown = reallocarray(list->package, room, sizeof(*grown));
		if (!grown)
			return -1;
		list->package = grown;
		list->room = room;
	}
	list->package[list->n++] = *p;
	return 0;
}

static bool is_ambiguous(const struct debian_package *a, const struct debian_package *b)
{
	return a->has_sum != b->has_sum || memcmp(a->sum, b->sum, sizeof(a->sum)) != 0;
}

/* Return: false if there are two packages of one name, version and architecture. */
static bool make_unique(struct debian_list *list)
{
	bool good = true;
	size_t kept = 0;

	if (list->n)
		qsort(list->package, list->n, sizeof(*list->package), compare);
	for (size_t i = 0; i < list->n; i++)
		if (!i || compare(&list->package[i], &list->package[kept - 1]))
			list->package[kept++] = list->package[i];
		else if (is_ambiguous(&list->package[i], &list->package[kept - 1]))
			good = false;
	list->n = kept;
	return good;
}

/* A stanza ends. Return: why it is not one, or NULL. */
static const char *end_stanza(struct debian_list *list, struct stanza *s)
{
	const struct stanza old = *s;

	*s = (struct stanza){0};
	if (!old.any || old.absent)
		return NULL;
	if (!is_complete(&old))
		return "a stanza without Package, Version and Architecture, or with malformed ones";
	return add(list, &old.package) ? strerror(ENOMEM) : NULL;
}

/* Reads a line. Return: its bytes without the newline; -1 at the end or with a reason in @wrong. */
static ssize_t next_line(FILE *in, char *line, const char **wrong)
{
	size_t len;

	if (!fgets(line, LINE_BYTES_MAX + 1, in)) {
		if (ferror(in))
			*wrong = strerror(errno);
		return -1;
	}
	len = strlen(line);
	if (len && line[len - 1] == '\n')
		return (ssize_t)len - 1;
	if (!feof(in))
		*wrong = len < LINE_BYTES_MAX ? "a NUL byte" : "a line is longer than any";
	return *wrong ? -1 : (ssize_t)len;
}

/* Return: why not, or NULL. */
static const char *read_all(FILE *in, struct debian_list *list, unsigned long *number)
{
	char *line = malloc(LINE_BYTES_MAX + 1);
	const char *wrong = line ? NULL : strerror(ENOMEM);
	struct stanza s = {0};
	ssize_t len;

	while (!wrong && (len = next_line(in, line, &wrong)) >= 0) {
		++*number;
		if (len)
			read_line(&s, line, (size_t)len);
		else
			wrong = end_stanza(list, &s);
	}
	free(line);
	if (!wrong)
		wrong = end_stanza(list, &s);
	if (!wrong && !list->n)
		wrong = "no package in it";
	return wrong;
}

int debian_list_read(const char *path, struct debian_list *list, char *error)
{
	FILE *in = fopen(path, "re");
	unsigned long number = 0;
	const char *wrong;

	*list = (struct debian_list){0};
	wrong = in ? read_all(in, list, &number) : strerror(errno);
	if (in)
		fclose(in);
	if (!make_unique(list) && !wrong)
		wrong = "two packages of one name, version and architecture, with other SHA-256";
	if (wrong)
		snprintf(error, BUILD_ERROR_MAX, "%s:%lu: %s", path, number, wrong);
	return wrong ? -1 : 0;
}

long debian_list_find(const struct debian_list *list, const struct debian_package *p)
{
	const struct debian_package *found =
		list->n ? bsearch(p, list->package, list->n, sizeof(*p), compare) : NULL;

	return found ? found - list->package : -1;
}

void debian_list_free(struct debian_list *list)
{
	free(list->package);
	*list = (struct debian_list){0};
}
