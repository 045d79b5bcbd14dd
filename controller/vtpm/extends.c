/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/extends.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define MAGIC	  "LZEXT01"
#define PATH_SIZE 4096

/* How far the measurement of its start has come. While it is being measured, no guest has it. */
enum { START_UNMEASURED, START_MEASURED, START_MEASURING };

struct header {
	char magic[8];
	char generation[EXTENDS_GENERATION_SIZE];
	uint8_t start;
	uint8_t lost;
	uint8_t reserved[6];
};

/* Each entry: this and its digests. */
struct entry_head {
	uint8_t type;
	uint8_t pcr;
	uint16_t len; /* of this machine's byte order: the file never leaves it */
};

struct extends {
	int fd;
	off_t size;
	struct header head;
};

enum header_is { HEADER_NONE, HEADER_BAD, HEADER_OTHER, HEADER_SAME };

static bool write_at(int fd, const void *data, size_t len, off_t at)
{
	return pwrite(fd, data, len, at) == (ssize_t)len;
}

static bool write_header(struct extends *x)
{
	return write_at(x->fd, &x->head, sizeof(x->head), 0) && fdatasync(x->fd) == 0;
}

/* In a file of its own that takes the old one's place: there is never half a header. */
static int begin(struct extends *x, const char *path, const char *generation, uint8_t start)
{
	char tmp[PATH_SIZE];

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	if (x->fd >= 0)
		close(x->fd);
	x->fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	x->head = (struct header){.magic = MAGIC, .start = start};
	snprintf(x->head.generation, sizeof(x->head.generation), "%s", generation);
	x->size = sizeof(x->head);
	return x->fd >= 0 && write_header(x) && rename(tmp, path) == 0 ? 0 : -1;
}

/* Return: enum header_is; -1 if that can't be told now. */
static int read_header(struct extends *x, const char *path, const char *generation)
{
	ssize_t n;

	x->fd = open(path, O_RDWR | O_CLOEXEC);
	if (x->fd < 0)
		return errno == ENOENT ? HEADER_NONE : -1;
	n = pread(x->fd, &x->head, sizeof(x->head), 0);
	if (n <= 0)
		return n < 0 ? -1 : HEADER_NONE;
	if (n != sizeof(x->head) || memcmp(x->head.magic, MAGIC, sizeof(MAGIC)))
		return HEADER_BAD;
	x->head.generation[sizeof(x->head.generation) - 1] = '\0';
	return strcmp(x->head.generation, generation) ? HEADER_OTHER : HEADER_SAME;
}

static int begin_lost(struct extends *x, const char *path, const char *generation)
{
	return begin(x, path, generation, START_UNMEASURED) < 0 || extends_lose(x) < 0
		       ? -1
		       : EXTENDS_LOST;
}

/* Goes on with the list of the domain that this one is the next incarnation of. */
static int take_over(struct extends *x, const char *path, const struct extends_domain *dom)
{
	char text[EXTENDS_SAVED_SIZE];

	if (x->head.lost || !dom->saved[0] || extends_saved(path, dom->incarnation - 1, text) < 0 ||
	    strcmp(text, dom->saved))
		return begin_lost(x, path, dom->generation);
	snprintf(x->head.generation, sizeof(x->head.generation), "%s", dom->generation);
	return write_header(x) ? EXTENDS_KEPT : -1;
}

static int begin_fresh(struct extends *x, const char *path, const struct extends_domain *dom)
{
	return begin(x, path, dom->generation, dom->measure ? START_MEASURING : START_UNMEASURED) <
			       0
		       ? -1
		       : EXTENDS_FRESH;
}

/* Return: enum extends_found, or -1. */
static int find(struct extends *x, const char *path, const struct extends_domain *dom)
{
	int is = read_header(x, path, dom->generation), kept = EXTENDS_KEPT;

	if (is < 0)
		return -1;
	if (dom->measure || is == HEADER_NONE)
		return begin_fresh(x, path, dom);
	if (is == HEADER_BAD)
		return begin_lost(x, path, dom->generation);
	if (is == HEADER_OTHER && dom->incarnation <= 1)
		return begin_fresh(x, path, dom);
	if (is == HEADER_OTHER)
		kept = take_over(x, path, dom);
	/* The measurement was broken off, and so the guest never had this TPM. */
	if (kept == EXTENDS_KEPT && x->head.start == START_MEASURING)
		return begin_fresh(x, path, dom);
	return x->head.lost ? EXTENDS_LOST : kept;
}

struct extends *extends_open(const char *path, const struct extends_domain *dom,
			     enum extends_found *found)
{
	struct extends *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return NULL;
	rc = find(x, path, dom);
	if (rc >= 0) {
		*found = (enum extends_found)rc;
		return x;
	}
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

int extends_set_measured(struct extends *x)
{
	x->head.start = START_MEASURED;
	return write_header(x) ? 0 : -1;
}

bool extends_measured(const struct extends *x)
{
	return x->head.start == START_MEASURED;
}

int extends_lose(struct extends *x)
{
	x->head.lost = 1;
	x->size = sizeof(x->head);
	return write_header(x) && ftruncate(x->fd, x->size) == 0 ? 0 : -1;
}

/* Return: 1; 0: it ends here; EXTENDS_DAMAGED; -1. */
static int read_entry(int fd, off_t at, struct extends_entry *e)
{
	struct entry_head head;
	ssize_t n = pread(fd, &head, sizeof(head), at);

	if (n != sizeof(head))
		return n < 0 ? -1 : 0;
	e->type = head.type;
	e->pcr = head.pcr;
	e->len = head.len;
	if (head.len > sizeof(e->digests) ||
	    (head.type != EXTENDS_EXTEND && head.type != EXTENDS_RESET))
		return EXTENDS_DAMAGED;
	n = pread(fd, e->digests, e->len, at + (off_t)sizeof(head));
	if (n < 0)
		return -1;
	return n == (ssize_t)e->len ? 1 : 0;
}

int extends_each(struct extends *x, int (*fn)(void *arg, const struct extends_entry *e), void *arg)
{
	struct extends_entry e;
	int rc;

	x->size = sizeof(struct header);
	while ((rc = read_entry(x->fd, x->size, &e)) > 0) {
		rc = fn(arg, &e);
		if (rc)
			return rc;
		x->size += (off_t)(sizeof(struct entry_head) + e.len);
	}
	return rc < 0 ? rc : ftruncate(x->fd, x->size);
}

bool extends_room(const struct extends *x)
{
	return x->size + (off_t)sizeof(struct entry_head) + EXTENDS_DIGESTS_MAX <= EXTENDS_FILE_MAX;
}

int extends_add(struct extends *x, const struct extends_entry *e)
{
	uint8_t buf[sizeof(struct entry_head) + EXTENDS_DIGESTS_MAX];
	struct entry_head head = {(uint8_t)e->type, (uint8_t)e->pcr, (uint16_t)e->len};
	size_t len = sizeof(head) + e->len;

	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), e->digests, e->len);
	if (!extends_room(x) || !write_at(x->fd, buf, len, x->size))
		return -1;
	x->size += (off_t)len;
	return 0;
}

int extends_saved(const char *path, unsigned int incarnation, char *text)
{
	struct extends x = {.fd = -1};
	struct stat st;
	int is = read_header(&x, path, ""), n = 0;

	if (is == HEADER_OTHER && fdatasync(x.fd) == 0 && fstat(x.fd, &st) == 0)
		n = snprintf(text, EXTENDS_SAVED_SIZE, "%s %lld %u", x.head.generation,
			     (long long)st.st_size, incarnation);
	if (x.fd >= 0)
		close(x.fd);
	return n > 0 && n < EXTENDS_SAVED_SIZE ? 0 : -1;
}
