/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/extends.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define MAGIC "LZEXT01"

struct header {
	char magic[8];
	char generation[EXTENDS_GENERATION_SIZE];
	uint8_t measured;
	uint8_t reserved[7];
};

/* Each entry: this and its digests. */
struct entry_head {
	uint8_t type; /* 0: the file was full here */
	uint8_t pcr;
	uint16_t len; /* of this machine's byte order: the file never leaves it */
};

struct extends {
	int fd;
	off_t size;
	bool full;
};

static bool write_all(int fd, const void *data, size_t len)
{
	return write(fd, data, len) == (ssize_t)len;
}

static bool begin(struct extends *x, const char *generation, bool measured)
{
	struct header h = {.magic = MAGIC, .measured = measured};

	snprintf(h.generation, sizeof(h.generation), "%s", generation);
	x->size = sizeof(h);
	return ftruncate(x->fd, 0) == 0 && lseek(x->fd, 0, SEEK_SET) == 0 &&
	       write_all(x->fd, &h, sizeof(h));
}

static bool same(int fd, const char *generation, bool *measured)
{
	struct header h;

	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.magic, MAGIC, sizeof(MAGIC)) ||
	    strncmp(h.generation, generation, sizeof(h.generation)))
		return false;
	*measured = h.measured;
	return true;
}

struct extends *extends_open(const char *path, const char *generation, bool *measured, bool *fresh)
{
	struct extends *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	*fresh = x->fd >= 0 && !same(x->fd, generation, measured);
	if (x->fd >= 0 && (!*fresh || begin(x, generation, *measured)))
		return x;
	log_warn("%s", path);
	extends_close(x);
	return NULL;
}

void extends_close(struct extends *x)
{
	if (x->fd >= 0)
		close(x->fd);
	free(x);
}

static int read_entry(int fd, off_t at, struct extends_entry *e)
{
	struct entry_head head;
	ssize_t n = pread(fd, &head, sizeof(head), at);

	if (n != sizeof(head))
		return 0;
	e->type = head.type;
	e->pcr = head.pcr;
	e->len = head.len;
	if (head.len > sizeof(e->digests))
		return -1;
	n = pread(fd, e->digests, e->len, at + (off_t)sizeof(head));
	return n == (ssize_t)e->len ? 1 : 0;
}

int extends_each(struct extends *x, int (*fn)(void *arg, const struct extends_entry *e), void *arg)
{
	struct extends_entry e;
	int rc;

	x->size = sizeof(struct header);
	while ((rc = read_entry(x->fd, x->size, &e)) > 0) {
		if (e.type != EXTENDS_EXTEND && e.type != EXTENDS_RESET)
			return -1;
		rc = fn(arg, &e);
		if (rc)
			return rc;
		x->size += (off_t)(sizeof(struct entry_head) + e.len);
	}
	if (rc < 0 || ftruncate(x->fd, x->size) < 0 || lseek(x->fd, x->size, SEEK_SET) < 0)
		return -1;
	return 0;
}

int extends_add(struct extends *x, const struct extends_entry *e)
{
	uint8_t buf[sizeof(struct entry_head) + EXTENDS_DIGESTS_MAX];
	struct entry_head head = {(uint8_t)e->type, (uint8_t)e->pcr, (uint16_t)e->len};
	size_t len = sizeof(head) + e->len;

	if (x->full)
		return 0;
	if (x->size + (off_t)len > EXTENDS_FILE_MAX) {
		x->full = true;
		head = (struct entry_head){0};
		return write_all(x->fd, &head, sizeof(head)) ? 0 : -1;
	}
	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), e->digests, e->len);
	x->size += (off_t)len;
	return write_all(x->fd, buf, len) ? 0 : -1;
}
