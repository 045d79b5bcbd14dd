/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/entries.h"

#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "golden/archive.h"
#include "golden/build.h"
#include "golden/format.h"

/* Bytes hashed at once. */
#define CHUNK (1U << 16)

int entries_fail(const struct entries *r, const char *entry, const char *text)
{
	uint64_t at = r->base + (r->raw ? (uint64_t)archive_filter_bytes(r->raw, -1) : 0);

	snprintf(r->error, BUILD_ERROR_MAX, "%s: byte %" PRIu64 "%s%s%s: %s", r->path, at,
		 entry ? ": «" : "", entry ? entry : "", entry ? "»" : "",
		 text ? text : "not an archive, or a damaged one");
	return -1;
}

static bool has_prefix(const char *path, const char *dir, size_t len)
{
	return !strncmp(path, dir, len) && path[len] == '/';
}

/* Since Debian 12 these are links to directories below /usr. */
static bool is_merged(const char *path)
{
	static const char *const dirs[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (has_prefix(path, dirs[i], strlen(dirs[i])))
			return true;
	return false;
}

/* Writes where the guest sees it. Return: bytes of @out, -1 after setting errno. */
static int guest_path(const struct entries *r, const char *name, char out[PACK_PATH_MAX + 1])
{
	static const char usr[] = "/usr";
	size_t len = 0;

	while (*name) {
		size_t part = strcspn(name, "/");

		if (part == 2 && !strncmp(name, "..", 2)) {
			errno = EXDEV;
			return -1;
		}
		if (part && !(part == 1 && name[0] == '.')) {
			if (len + part + 1 + strlen(usr) > PACK_PATH_MAX) {
				errno = ENAMETOOLONG;
				return -1;
			}
			out[len++] = '/';
			memcpy(out + len, name, part);
			len += part;
		}
		name += part + (name[part] == '/');
	}
	out[len] = '\0';
	if (r->split_usr || !is_merged(out))
		return (int)len;
	memmove(out + strlen(usr), out, len + 1);
	memcpy(out, usr, strlen(usr));
	return (int)(len + strlen(usr));
}

static const char *path_error(void)
{
	return errno == EXDEV ? "the name leads out of the archive" : strerror(errno);
}

int entries_hash(struct entries *r, struct archive *a, const char *name, uint8_t *digest)
{
	uint8_t chunk[CHUNK];
	ssize_t n;

	if (EVP_DigestInit_ex2(r->md, EVP_sha256(), NULL) != 1)
		return entries_fail(r, name, "SHA-256 failed");
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0) {
		r->bytes += (uint64_t)n;
		if (r->bytes > ARCHIVE_BYTES_MAX)
			return entries_fail(r, name, "unpacks to more than an archive may");
		if (EVP_DigestUpdate(r->md, chunk, (size_t)n) != 1)
			return entries_fail(r, name, "SHA-256 failed");
	}
	if (n < 0)
		return entries_fail(r, name, archive_error_string(a));
	return EVP_DigestFinal_ex(r->md, digest, NULL) == 1
		       ? 0
		       : entries_fail(r, name, "SHA-256 failed");
}

/* The digest of an earlier entry of this archive; NULL: there is none of that path. */
static struct golden *find_earlier(const struct entries *r, const char *path)
{
	for (size_t i = r->out->n; i > r->first; i--)
		if (!strcmp(r->out->value[i - 1].path, path))
			return &r->out->value[i - 1];
	return NULL;
}

int entries_put(struct entries *r, const char *name, const char *path, const uint8_t *digest)
{
	static const char sha256[] = "sha256";

	if (values_add(r->out, path, strlen(path), alg_by_name(sha256, strlen(sha256)), digest))
		return entries_fail(r, name, strerror(errno));
	return 0;
}

/*
 * A link to an earlier entry. In a cpio archive the content comes with the last of the links, and
 * the first was taken for empty: it is put right here.
 */
static int add_link(struct entries *r, struct archive *a, struct archive_entry *e, const char *name,
		    const char *path)
{
	char target[PACK_PATH_MAX + 1];
	uint8_t digest[ALG_DIGEST_MAX];
	struct golden *first;

	if (guest_path(r, archive_entry_hardlink(e), target) < 0)
		return entries_fail(r, name, path_error());
	first = find_earlier(r, target);
	if (!first)
		return entries_fail(r, name, "a link to a file that is not before it");
	if (archive_entry_size(e) > 0) {
		if (entries_hash(r, a, name, digest))
			return -1;
		memcpy((void *)(uintptr_t)first->digest, digest, first->alg->size);
	} else {
		memcpy(digest, first->digest, first->alg->size);
	}
	return entries_put(r, name, path, digest);
}

static int add_entry(struct entries *r, struct archive *a, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);
	char path[PACK_PATH_MAX + 1];
	uint8_t digest[ALG_DIGEST_MAX];
	int len;

	if (++r->entries > ARCHIVE_ENTRIES_MAX)
		return entries_fail(r, NULL, "more entries than an archive may have");
	if (!name)
		return entries_fail(r, NULL, "the name of an entry can't be read");
	if (archive_entry_filetype(e) != AE_IFREG && !archive_entry_hardlink(e))
		return 0;
	len = guest_path(r, name, path);
	if (len <= 0)
		return entries_fail(r, name, len ? path_error() : "a file without a name");
	if (archive_entry_hardlink(e))
		return add_link(r, a, e, name, path);
	return entries_hash(r, a, name, digest) ? -1 : entries_put(r, name, path, digest);
}

/* Return: 0 at the end, -1 after an error. */
int entries_add(struct entries *r, struct archive *a)
{
	struct archive_entry *e;
	int status;

	while ((status = archive_read_next_header(a, &e)) == ARCHIVE_OK || status == ARCHIVE_WARN)
		if (add_entry(r, a, e))
			return -1;
	return status == ARCHIVE_EOF ? 0 : entries_fail(r, NULL, archive_error_string(a));
}
