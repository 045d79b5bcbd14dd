/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/fstab.h"

#include <ctype.h>
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LINE_SIZE 8192
#define MAPPED	  "/dev/mapper/"

/* What the patient's disk may be called in there: whatever it is called here, it is the first one. */
static const char *const disks[] = {"/dev/xvda", "/dev/sda", "/dev/vda", "/dev/hda",
				    "/dev/nvme0n1"};

/* What a text of a line is compared with, and by which words. */
static const struct {
	const char *tag; /* UUID= */
	const char *folder; /* /dev/disk/by-uuid/ */
	size_t text; /* of struct volume */
} names[] = {
	{"UUID=", "/dev/disk/by-uuid/", offsetof(struct volume, uuid)},
	{"LABEL=", "/dev/disk/by-label/", offsetof(struct volume, label)},
	{"PARTUUID=", "/dev/disk/by-partuuid/", offsetof(struct volume, part_uuid)},
	{"PARTLABEL=", "/dev/disk/by-partlabel/", offsetof(struct volume, part_label)},
};

/* Return: what follows @start in @text, or NULL. */
static const char *behind(const char *text, const char *start)
{
	size_t len = strlen(start);

	return strncasecmp(text, start, len) == 0 ? text + len : NULL;
}

/* Like «"a b"», with or without the quotation marks. */
static bool is_text(const char *untrusted_text, const char *text)
{
	size_t len = strlen(untrusted_text);

	if (len >= 2 && *untrusted_text == '"' && untrusted_text[len - 1] == '"') {
		untrusted_text++;
		len -= 2;
	}
	return *text && strlen(text) == len && strncasecmp(untrusted_text, text, len) == 0;
}

/* By «UUID=…» and its like. */
static bool is_tagged(const char *untrusted_what, const struct volume *v)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = behind(untrusted_what, names[i].tag);

		if (!text)
			text = behind(untrusted_what, names[i].folder);
		if (text)
			return is_text(text, (const char *)v + names[i].text);
	}
	return false;
}

/* By the disk's name and the partition's number, with a «p» between them if the former ends in a digit. */
static bool is_numbered(const char *untrusted_what, const struct volume *v)
{
	char number[16] = "";

	if (v->partition)
		snprintf(number, sizeof(number), "%u", v->partition);
	else if (!strncmp(v->name, MAPPED, strlen(MAPPED)))
		return false;
	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		const char *rest = behind(untrusted_what, disks[i]);

		if (rest && v->partition && isdigit(disks[i][strlen(disks[i]) - 1]) &&
		    *rest++ != 'p')
			continue;
		if (rest && !strcmp(rest, number))
			return true;
	}
	return false;
}

/* Device-mapper's name of /dev/GROUP/VOLUME: hyphens doubled, and one between the two. */
static bool is_logical(const char *untrusted_what, const struct volume *v)
{
	char name[2 * VOLUME_NAME] = MAPPED, *out = name + strlen(MAPPED);
	const char *c = behind(untrusted_what, "/dev/");

	if (!strcmp(untrusted_what, v->name))
		return true;
	for (; c && *c && out < name + VOLUME_NAME; c++) {
		*out++ = *c == '/' ? '-' : *c;
		if (*c == '-')
			*out++ = '-';
	}
	return c && !*c && !strcmp(name, v->name);
}

static bool is_named(const char *untrusted_what, const struct volume *v)
{
	return is_tagged(untrusted_what, v) || is_numbered(untrusted_what, v) ||
	       is_logical(untrusted_what, v);
}

/* Return: as in struct fstab, to be freed; NULL if it is no such path. */
static char *clean_path(const char *untrusted_path)
{
	char *in = strdup(untrusted_path), *out = calloc(1, strlen(untrusted_path) + 1), *rest = in;
	bool ok = in && out && *in == '/';

	for (const char *name; ok && (name = strsep(&rest, "/"));) {
		if (!*name || !strcmp(name, "."))
			continue;
		ok = strcmp(name, "..") != 0;
		if (*out)
			strcat(out, "/");
		strcat(out, name);
	}
	free(in);
	if (ok)
		return out;
	free(out);
	return NULL;
}

static void parse(FILE *in, struct fstab *out)
{
	char line[LINE_SIZE];
	struct mntent entry;

	while (out->n < FSTAB_LINES && getmntent_r(in, &entry, line, sizeof(line))) {
		char *where = clean_path(entry.mnt_dir), *what = strdup(entry.mnt_fsname);

		if (where && what) {
			out->line[out->n++] = (struct fstab_line){what, where};
			continue;
		}
		free(where);
		free(what);
	}
}

/* Return: bytes, @size if there are more; -1 with errno. */
static ssize_t read_all(int fd, char *untrusted_text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, untrusted_text + len, size - len)) != 0) {
		if (n < 0)
			return -1;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int fstab_read(int fd, struct fstab *out)
{
	char *untrusted_text = malloc(FSTAB_SIZE + 1);
	ssize_t len = untrusted_text ? read_all(fd, untrusted_text, FSTAB_SIZE + 1) : -1;
	FILE *in = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (len > (ssize_t)FSTAB_SIZE)
		errno = EFBIG;
	else if (len > 0)
		in = fmemopen(untrusted_text, (size_t)len, "r");
	if (in) {
		parse(in, out);
		fclose(in);
	}
	if (in || !len)
		rc = 0;
	free(untrusted_text);
	return rc;
}

void fstab_free(struct fstab *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->line[i].what);
		free(f->line[i].where);
	}
	f->n = 0;
}

const char *fstab_where(const struct fstab *f, const struct volume *v)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_named(f->line[i].what, v))
			return f->line[i].where;
	return NULL;
}
