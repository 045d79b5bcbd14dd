/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/cpio.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "golden/archive.h"
#include "golden/format.h"

/* A header: magic number and so many numbers of 8 hexadecimal digits. What follows it is padded. */
#define FIELDS	    13
#define DIGITS	    8
#define HEADER_SIZE (CPIO_MAGIC_SIZE + FIELDS * DIGITS)
#define ALIGN	    4

/* Places of the numbers. */
enum field {
	F_INO = 0,
	F_MODE = 1,
	F_LINKS = 4,
	F_SIZE = 6,
	F_MAJOR = 7,
	F_MINOR = 8,
	F_NAME_SIZE = 11,
};

#define CHUNK (1U << 16)

static const char trailer[] = "TRAILER!!!";

bool cpio_is(const uint8_t *data)
{
	return !memcmp(data, "070701", CPIO_MAGIC_SIZE) || !memcmp(data, "070702", CPIO_MAGIC_SIZE);
}

/* Reads exactly so many bytes. Return: 0, or -1 after a message about entry @name. */
static int take(struct entries *r, struct cpio *c, const char *name, void *out, size_t len)
{
	size_t n = len < c->left ? len : c->left;
	ssize_t got;

	memcpy(out, c->data, n);
	c->data += n;
	c->left -= n;
	r->at += n;
	while (n < len && c->more) {
		got = archive_read_data(c->more, (uint8_t *)out + n, len - n);
		if (got < 0)
			return entries_fail(r, name, archive_error_string(c->more));
		if (!got)
			break;
		n += (size_t)got;
		r->at += (size_t)got;
	}
	return n == len ? 0 : entries_fail(r, name, "the archive is cut off");
}

static int take_padding(struct entries *r, struct cpio *c, const char *name, uint64_t len)
{
	uint8_t unused[ALIGN];

	return take(r, c, name, unused, (ALIGN - len % ALIGN) % ALIGN);
}

/* Return: -1 if these are no digits. */
static int64_t number(const uint8_t *digits)
{
	int64_t n = 0;

	for (size_t i = 0; i < DIGITS; i++) {
		const char *all = "0123456789abcdef", *at;

		at = digits[i] ? strchr(all, digits[i] | (digits[i] > '9' ? 0x20 : 0)) : NULL;
		if (!at)
			return -1;
		n = n * 16 + (at - all);
	}
	return n;
}

static int read_header(struct entries *r, struct cpio *c, int64_t field[FIELDS],
		       char name[PACK_PATH_MAX + 1])
{
	uint8_t header[HEADER_SIZE];

	if (take(r, c, NULL, header, sizeof(header)))
		return -1;
	if (!cpio_is(header))
		return entries_fail(r, NULL, "no header of cpio where one should be");
	for (size_t i = 0; i < FIELDS; i++) {
		field[i] = number(header + CPIO_MAGIC_SIZE + i * DIGITS);
		if (field[i] < 0)
			return entries_fail(r, NULL, "a number in a header of cpio is none");
	}
	if (field[F_NAME_SIZE] < 1 || field[F_NAME_SIZE] > PACK_PATH_MAX + 1)
		return entries_fail(r, NULL, "a name is empty or longer than any path");
	if (take(r, c, NULL, name, (size_t)field[F_NAME_SIZE]))
		return -1;
	if (name[field[F_NAME_SIZE] - 1])
		return entries_fail(r, NULL, "a name does not end");
	return take_padding(r, c, name, HEADER_SIZE + (uint64_t)field[F_NAME_SIZE]);
}

/* @digest: NULL: the data are of no interest, and are only counted */
static int read_data(struct entries *r, struct cpio *c, const char *name, uint64_t len,
		     uint8_t *digest)
{
	uint8_t chunk[CHUNK];
	uint64_t left = len;

	if (hasher_start(&r->hasher))
		return entries_fail_hash(r, name);
	while (left) {
		size_t n = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);

		if (take(r, c, name, chunk, n) || entries_count(r, name, n))
			return -1;
		if (digest && hasher_add(&r->hasher, chunk, n))
			return entries_fail_hash(r, name);
		left -= n;
	}
	if (digest && hasher_end(&r->hasher, digest))
		return entries_fail_hash(r, name);
	return take_padding(r, c, name, len);
}

/*
 * Links have the numbers of one inode. The content comes with the last of them, as a rule; the others
 * are without (the kernel's init/initramfs.c writes whatever comes into the one file).
 */
static int add_file(struct entries *r, struct cpio *c, const char *name,
		    const int64_t field[FIELDS])
{
	char key[3 * DIGITS + 3];
	uint8_t digest[ALG_DIGEST_MAX];
	bool links = field[F_LINKS] > 1;
	struct link *group = NULL;

	if (read_data(r, c, name, (uint64_t)field[F_SIZE], digest))
		return -1;
	snprintf(key, sizeof(key), "%" PRIx64 ":%" PRIx64 ":%" PRIx64, field[F_MAJOR],
		 field[F_MINOR], field[F_INO]);
	if (links)
		group = links_find(&r->links, key);
	if (group && field[F_SIZE])
		memcpy(links_digest(group), digest, r->hasher.alg->size);
	return entries_put_name(r, name, links && !group ? key : NULL, group, digest);
}

int cpio_add(struct entries *r, struct cpio *c)
{
	char name[PACK_PATH_MAX + 1];
	int64_t field[FIELDS];
	int err;

	do {
		if (entries_next(r) || read_header(r, c, field, name))
			return -1;
		if (!strcmp(name, trailer))
			return 0;
		if (S_ISREG(field[F_MODE]))
			err = add_file(r, c, name, field);
		else
			err = read_data(r, c, name, (uint64_t)field[F_SIZE], NULL);
	} while (!err);
	return -1;
}
