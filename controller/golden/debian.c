/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/debian.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/build.h"

/* Packages in one list, at most: Debian 12 has 64,000. */
#define LIST_MAX 1000000

/* One stanza while its lines are read. */
struct stanza {
	struct debian_package package;
	bool any; /* a line was read */
	bool overlong;
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
	else if (is_field(line, head, "Status"))
		s->absent = !has_files(colon + 1, rest);
	s->overlong |= !fits;
}

static bool is_complete(const struct stanza *s)
{
	return !s->overlong && s->package.name[0] && s->package.version[0] && s->package.arch[0];
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
	return memcmp(a, b, sizeof(struct debian_package));
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

static void make_unique(struct debian_list *list)
{
	size_t kept = 0;

	if (list->n)
		qsort(list->package, list->n, sizeof(*list->package), compare);
	for (size_t i = 0; i < list->n; i++)
		if (!i || compare(&list->package[i], &list->package[kept - 1]))
			list->package[kept++] = list->package[i];
	list->n = kept;
}

/* A stanza ends. Return: why it is not one, or NULL. */
static const char *end_stanza(struct debian_list *list, struct stanza *s)
{
	const struct stanza old = *s;

	*s = (struct stanza){0};
	if (!old.any || old.absent)
		return NULL;
	if (!is_complete(&old))
		return "a stanza without Package, Version and Architecture, or with longer ones "
		       "than any";
	return add(list, &old.package) ? strerror(ENOMEM) : NULL;
}

int debian_list_read(const char *path, struct debian_list *list, char *error)
{
	FILE *in = fopen(path, "re");
	struct stanza s = {0};
	const char *wrong = NULL;
	unsigned long number = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	*list = (struct debian_list){0};
	while (in && !wrong && (len = getline(&line, &room, in)) > 0) {
		number++;
		len -= line[len - 1] == '\n';
		if (len)
			read_line(&s, line, (size_t)len);
		else
			wrong = end_stanza(list, &s);
	}
	if (!in || ferror(in))
		wrong = strerror(errno);
	else if (!wrong)
		wrong = end_stanza(list, &s);
	if (!wrong && !list->n)
		wrong = "no package in it";
	if (wrong)
		snprintf(error, BUILD_ERROR_MAX, "%s:%lu: %s", path, number, wrong);
	free(line);
	if (in)
		fclose(in);
	make_unique(list);
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
