/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/keptfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "common/seal.h"
#include "remedy/sickbay.h"
#include "vtpm/keys.h"

#define KEY_OF	   "sickbay" /* in place of a VM's UUID, which the keys of TPMs have */
#define CHUNK	   (256u << 10) /* bytes sealed at once */
#define HEAD	   9 /* number and «last», inside of what is sealed */
#define MAGIC_SIZE (sizeof(SICKBAY_MAGIC) - 1)
#define SEALED	   (HEAD + CHUNK + SEAL_OVERHEAD)

struct kept {
	int fd;
	uint8_t key[SWTPM_KEY_SIZE];
	uint64_t number;
	bool last;
	size_t used; /* bytes of data in @plain */
	uint8_t plain[HEAD + CHUNK];
	uint8_t sealed[4 + SEALED];
};

_Static_assert(SWTPM_KEY_SIZE == SEAL_KEY_SIZE, "one key fits both");

static struct kept *kept_new(const char *dir, int fd)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->fd = fd;
	if (keys_for_vm(dir, KEY_OF, k->key) == 0)
		return k;
	free(k);
	errno = EIO; /* it said why */
	return NULL;
}

static void kept_free(struct kept *k)
{
	explicit_bzero(k->key, sizeof(k->key));
	free(k);
}

static int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_all(int fd, void *data, size_t len)
{
	uint8_t *p = data;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : EBADMSG;
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int flush(struct kept *k, bool last)
{
	uint32_t len = (uint32_t)(HEAD + k->used + SEAL_OVERHEAD);

	memcpy(k->plain, &k->number, sizeof(k->number));
	k->plain[HEAD - 1] = last;
	memcpy(k->sealed, &len, sizeof(len));
	if (seal(k->key, k->plain, HEAD + k->used, k->sealed + sizeof(len)) < 0) {
		errno = EIO;
		return -1;
	}
	k->number++;
	k->used = 0;
	return write_all(k->fd, k->sealed, sizeof(len) + len);
}

/* libarchive's: what was compressed. */
static la_ssize_t on_write(struct archive *a, void *arg, const void *data, size_t len)
{
	struct kept *k = arg;
	size_t n = len < CHUNK - k->used ? len : CHUNK - k->used;

	memcpy(k->plain + HEAD + k->used, data, n);
	k->used += n;
	if (k->used == CHUNK && flush(k, false) < 0) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return -1;
	}
	return (la_ssize_t)n;
}

static int copy_in(struct archive *a, int in, uint64_t bytes)
{
	static uint8_t data[CHUNK];

	for (uint64_t at = 0; at < bytes;) {
		size_t want = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
		ssize_t n = pread(in, data, want, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EBADMSG;
		if (n <= 0 || archive_write_data(a, data, (size_t)n) != n)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

/* The stream is its only entry, raw: no archive of ours around that of the domain. */
static int compress(struct kept *k, int in, uint64_t bytes)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	int rc = -1;

	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "kept");
	errno = EIO;
	if (archive_write_set_format_raw(a) == ARCHIVE_OK &&
	    archive_write_add_filter_zstd(a) == ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
	    archive_write_open(a, k, NULL, on_write, NULL) == ARCHIVE_OK &&
	    archive_write_header(a, e) == ARCHIVE_OK && copy_in(a, in, bytes) == 0 &&
	    archive_write_close(a) == ARCHIVE_OK)
		rc = 0;
	archive_entry_free(e);
	archive_write_free(a);
	return rc;
}

int keptfile_write(const char *dir, int in, uint64_t bytes, int out)
{
	struct kept *k = kept_new(dir, out);
	int rc = -1;

	if (!k)
		return -1;
	if (write_all(out, SICKBAY_MAGIC, MAGIC_SIZE) == 0 && compress(k, in, bytes) == 0)
		rc = flush(k, true);
	kept_free(k);
	return rc;
}

/* Return: bytes of the next chunk, 0 at the end, or -1 with errno. */
static ssize_t next_chunk(struct kept *k)
{
	uint64_t number;
	uint32_t len;
	ssize_t n;

	if (k->last)
		return 0;
	if (read_all(k->fd, &len, sizeof(len)) < 0)
		return -1;
	errno = EBADMSG;
	if (len < HEAD + SEAL_OVERHEAD || len > SEALED || read_all(k->fd, k->sealed, len) < 0)
		return -1;
	errno = EBADMSG;
	n = unseal(k->key, k->sealed, len, k->plain);
	if (n < HEAD)
		return -1;
	memcpy(&number, k->plain, sizeof(number));
	if (number != k->number++)
		return -1;
	k->last = k->plain[HEAD - 1];
	return n - HEAD;
}

/* libarchive's: an empty last chunk is the end, an empty other one is none of ours. */
static la_ssize_t on_read(struct archive *a, void *arg, const void **data)
{
	struct kept *k = arg;
	ssize_t n = next_chunk(k);

	if (n < 0)
		archive_set_error(a, errno, "damaged");
	*data = k->plain + HEAD;
	return n;
}

static int copy_out(struct archive *a, int out)
{
	struct archive_entry *e;
	const void *data;
	la_int64_t offset;
	size_t len;
	int rc = archive_read_next_header(a, &e);

	while (rc == ARCHIVE_OK) {
		rc = archive_read_data_block(a, &data, &len, &offset);
		if (rc == ARCHIVE_OK && write_all(out, data, len) < 0)
			return -1;
	}
	errno = EBADMSG;
	return rc == ARCHIVE_EOF ? 0 : -1;
}

int keptfile_read(const char *dir, int in, int out)
{
	struct kept *k = kept_new(dir, in);
	struct archive *a = archive_read_new();
	char magic[MAGIC_SIZE];
	int rc = -1, error;

	archive_read_support_format_raw(a);
	archive_read_support_filter_zstd(a);
	if (k)
		errno = EBADMSG;
	if (k && read_all(in, magic, sizeof(magic)) == 0 &&
	    !memcmp(magic, SICKBAY_MAGIC, MAGIC_SIZE) &&
	    archive_read_open(a, k, NULL, on_read, NULL) == ARCHIVE_OK)
		rc = copy_out(a, out);
	if (!rc && !k->last && next_chunk(k) != 0)
		rc = -1;
	error = errno;
	archive_read_free(a);
	if (k)
		kept_free(k);
	errno = error;
	return rc;
}
