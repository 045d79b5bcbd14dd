/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/below.h"

#define STAGE "/run/stage"
#define FSTAB "etc/fstab"

/* One that is too large says nothing, and is there all the same. Return: is there such a file? */
static bool read_fstab(const char *dir, struct fstab *out)
{
	int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = below_open(root, FSTAB, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool is_file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	if (is_file)
		fstab_read(fd, out);
	if (fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
	return is_file;
}

static void mount_one(struct stage *s, const struct disk *d, const struct volume *v,
		      struct unread *unread)
{
	struct staged *new = &s->list[s->n];
	char reason[VOLUME_TEXT];

	new->volume = v;
	snprintf(new->dir, sizeof(new->dir), STAGE "/%s", strrchr(v->device, '/') + 1);
	if ((mkdir(new->dir, 0700) == 0 || errno == EEXIST) && disk_mount(d, v, new->dir) == 0) {
		new->has_fstab = read_fstab(new->dir, &new->fstab);
		s->n++;
		return;
	}
	snprintf(reason, sizeof(reason), "its file system (%.32s) can't be mounted: %s", v->type,
		 strerror(errno));
	unread_tell(unread, v->name, reason);
}

void stage_mount(struct stage *s, const struct disk *d, const struct volumes *volumes,
		 struct unread *unread)
{
	mkdir(STAGE, 0700);
	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->list[i].kind == VOLUME_FILES)
			mount_one(s, d, &volumes->list[i], unread);
}

static bool is_own_root(const struct staged *s)
{
	const char *where = s->has_fstab ? fstab_where(&s->fstab, s->volume) : NULL;

	return where && !*where;
}

static struct staged *choose_root(struct stage *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (is_own_root(&s->list[i]))
			return &s->list[i];
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].has_fstab)
			return &s->list[i];
	return s->n == 1 ? s->list : NULL;
}

static bool is_taken(const struct stage *s, const char *where)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].where && !strcmp(s->list[i].where, where))
			return true;
	return false;
}

static bool is_below(const char *where, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(where, folder, len) && (!where[len] || where[len] == '/');
}

static size_t depth(const char *path)
{
	size_t n = *path ? 1 : 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* Those that others are mounted in come first; last what nobody knows the place of. */
static int by_depth(const void *a, const void *b)
{
	const struct staged *x = a, *y = b;
	size_t dx = x->where ? depth(x->where) : SIZE_MAX,
	       dy = y->where ? depth(y->where) : SIZE_MAX;

	if (dx != dy)
		return dx < dy ? -1 : 1;
	return x->volume < y->volume ? -1 : x->volume > y->volume;
}

void stage_place(struct stage *s, const char *own)
{
	struct staged *root = choose_root(s);

	if (root)
		root->where = "";
	for (size_t i = 0; root && i < s->n; i++) {
		const char *where = fstab_where(&root->fstab, s->list[i].volume);

		if (&s->list[i] != root && where && !is_taken(s, where) && !is_below(where, own))
			s->list[i].where = where;
	}
	qsort(s->list, s->n, sizeof(s->list[0]), by_depth);
	s->root = root ? s->list : NULL;
}

void stage_free(struct stage *s)
{
	for (size_t i = 0; i < s->n; i++)
		fstab_free(&s->list[i].fstab);
	free(s);
}
