/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

#include "common/hex.h"
#include "common/log.h"
#include "vtpm/ca.h"

#define SUM_LINE    (2 * BUNDLE_SUM + 2 + 32)
#define COPY_SIZE   65536
#define HEADER_ROOM 4096 /* of a file in the archive, with padding, and of its end */

static const char *const names[BUNDLE_PARTS] = {
	[BUNDLE_INFO] = "evidence.json",
	[BUNDLE_QUOTE] = "quote.msg",
	[BUNDLE_SIG] = "quote.sig",
	[BUNDLE_PCRS_SHA1] = "pcrs.sha1",
	[BUNDLE_PCRS_SHA256] = "pcrs.sha256",
	[BUNDLE_AK] = "ak.pem",
	[BUNDLE_AK_CERT] = "ak.crt",
	[BUNDLE_EK_CERT] = "ek.crt",
	[BUNDLE_CA_CERT] = "ca.crt",
	[BUNDLE_EVENTS] = "eventlog.bin",
	[BUNDLE_IMA] = "ima.bin",
	[BUNDLE_SUMS] = "SHA256SUMS",
	[BUNDLE_SUMS_SIG] = "SHA256SUMS.sig",
};

const char *bundle_name(enum bundle_part part)
{
	return names[part];
}

void bundle_set(struct bundle *b, enum bundle_part part, const void *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	if (!copy)
		fatalx("no memory for evidence");
	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0'; /* so that texts are texts */
	free(b->part[part].data);
	b->part[part].data = copy;
	b->part[part].len = len;
}

void bundle_free(struct bundle *b)
{
	for (int i = 0; i < BUNDLE_PARTS; i++)
		free(b->part[i].data);
	memset(b, 0, sizeof(*b));
}

static bool part_sum(const struct bundle *b, int part, const uint8_t *ima, uint8_t *sum)
{
	if (part != BUNDLE_IMA || !ima)
		return EVP_Digest(b->part[part].data, b->part[part].len, sum, NULL, EVP_sha256(),
				  NULL) == 1;
	memcpy(sum, ima, BUNDLE_SUM);
	return true;
}

char *bundle_sums(const struct bundle *b, const uint8_t *ima)
{
	char *text = calloc(BUNDLE_SUMS, SUM_LINE), *at = text;

	for (int i = 0; text && i < BUNDLE_SUMS; i++) {
		uint8_t sum[BUNDLE_SUM];
		char hex[2 * BUNDLE_SUM + 1];

		if (!part_sum(b, i, ima, sum)) {
			free(text);
			return NULL;
		}
		hex_encode(hex, sum, sizeof(sum));
		at += sprintf(at, "%s  %s\n", hex, names[i]);
	}
	return text;
}

int bundle_seal(struct bundle *b, const struct ca *ca, const uint8_t *ima)
{
	uint8_t sig[CA_SIGNATURE_MAX];
	char *sums = bundle_sums(b, ima);
	int n = sums ? ca_sign(ca, sums, strlen(sums), sig) : -1;

	if (n > 0) {
		bundle_set(b, BUNDLE_SUMS, sums, strlen(sums));
		bundle_set(b, BUNDLE_SUMS_SIG, sig, (size_t)n);
	}
	free(sums);
	return n > 0 ? 0 : -1;
}

static int write_header(struct archive *a, enum bundle_part part, size_t len)
{
	struct archive_entry *entry = archive_entry_new();
	int rc;

	if (!entry)
		return -1;
	archive_entry_set_pathname(entry, names[part]);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_mtime(entry, 0, 0);
	rc = archive_write_header(a, entry) == ARCHIVE_OK ? 0 : -1;
	archive_entry_free(entry);
	return rc;
}

static int write_part(struct archive *a, const struct bundle *b, enum bundle_part part)
{
	size_t len = b->part[part].len;

	if (write_header(a, part, len) < 0)
		return -1;
	return archive_write_data(a, b->part[part].data, len) == (la_ssize_t)len ? 0 : -1;
}

/* The list may have been emptied, or begun anew, since its sum was computed. */
static int copy_list(struct archive *a, int fd, size_t len, EVP_MD_CTX *ctx)
{
	static uint8_t piece[COPY_SIZE];

	for (size_t at = 0; at < len;) {
		size_t want = len - at < sizeof(piece) ? len - at : sizeof(piece);
		ssize_t n = pread(fd, piece, want, (off_t)at);

		if (n <= 0 || EVP_DigestUpdate(ctx, piece, (size_t)n) != 1 ||
		    archive_write_data(a, piece, (size_t)n) != n)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

static int write_list(struct archive *a, int fd, size_t len, const uint8_t *sum)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t found[EVP_MAX_MD_SIZE];
	int rc = -1;

	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    write_header(a, BUNDLE_IMA, len) == 0 && copy_list(a, fd, len, ctx) == 0 &&
	    EVP_DigestFinal_ex(ctx, found, NULL) == 1 && !memcmp(found, sum, BUNDLE_SUM))
		rc = 0;
	EVP_MD_CTX_free(ctx);
	return rc;
}

int64_t bundle_write(const struct bundle *b, int ima, size_t ima_len, const uint8_t *sum, int out)
{
	struct archive *a = archive_write_new();
	int64_t len;
	int rc = a && archive_write_set_format_ustar(a) == ARCHIVE_OK &&
				 archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
				 archive_write_open_fd(a, out) == ARCHIVE_OK
			 ? 0
			 : -1;

	for (int i = 0; !rc && i < BUNDLE_PARTS; i++)
		rc = i == BUNDLE_IMA ? write_list(a, ima, ima_len, sum)
				     : write_part(a, b, (enum bundle_part)i);
	if (a && archive_write_close(a) != ARCHIVE_OK)
		rc = -1;
	len = a ? archive_filter_bytes(a, -1) : -1;
	archive_write_free(a);
	return rc ? -1 : len;
}

uint8_t *bundle_pack(const struct bundle *b, size_t *len)
{
	size_t room = (size_t)HEADER_ROOM * (BUNDLE_PARTS + 4);
	struct archive *a = archive_write_new();
	uint8_t *out;
	int rc;

	for (int i = 0; i < BUNDLE_PARTS; i++)
		room += b->part[i].len;
	out = room <= BUNDLE_MAX ? malloc(room) : NULL;
	rc = out && a && archive_write_set_format_ustar(a) == ARCHIVE_OK &&
			     archive_write_open_memory(a, out, room, len) == ARCHIVE_OK
		     ? 0
		     : -1;
	for (int i = 0; !rc && i < BUNDLE_PARTS; i++)
		rc = write_part(a, b, (enum bundle_part)i);
	if (a && archive_write_close(a) != ARCHIVE_OK)
		rc = -1;
	archive_write_free(a);
	if (!rc)
		return out;
	free(out);
	return NULL;
}

static int read_part(struct archive *a, struct bundle *b, enum bundle_part part)
{
	struct archive_entry *entry;
	la_int64_t size;
	uint8_t *data;
	int rc;

	if (archive_read_next_header(a, &entry) != ARCHIVE_OK || !archive_entry_pathname(entry) ||
	    strcmp(archive_entry_pathname(entry), names[part]))
		return -1;
	size = archive_entry_size(entry);
	if (size < 0 || (uint64_t)size > BUNDLE_MAX)
		return -1;
	data = malloc((size_t)size + 1);
	rc = data && archive_read_data(a, data, (size_t)size) == (la_ssize_t)size ? 0 : -1;
	if (!rc)
		bundle_set(b, part, data, (size_t)size);
	free(data);
	return rc;
}

static int read_parts(struct bundle *b, const uint8_t *data, size_t len)
{
	struct archive *a = archive_read_new();
	int rc = a && archive_read_support_format_tar(a) == ARCHIVE_OK &&
				 archive_read_open_memory(a, data, len) == ARCHIVE_OK
			 ? 0
			 : -1;

	for (int i = 0; !rc && i < BUNDLE_PARTS; i++)
		rc = read_part(a, b, (enum bundle_part)i);
	archive_read_free(a);
	return rc;
}

int bundle_unpack(struct bundle *b, const uint8_t *untrusted_data, size_t len, const char **why)
{
	uint8_t *again;
	size_t again_len = 0;
	int rc;

	memset(b, 0, sizeof(*b));
	*why = "it is no evidence: not a tar archive with the files that evidence has";
	if (len > BUNDLE_MAX || read_parts(b, untrusted_data, len) < 0) {
		bundle_free(b);
		return -1;
	}
	*why = "the archive is not as it was written: something in or between its files was "
	       "changed";
	again = bundle_pack(b, &again_len);
	rc = again && again_len == len && !memcmp(again, untrusted_data, len) ? 0 : -1;
	free(again);
	if (rc)
		bundle_free(b);
	return rc;
}
