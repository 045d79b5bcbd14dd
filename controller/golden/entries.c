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

const char entries_other_sum[] = "its SHA-256 is not the one that the list has";

int entries_fail(const struct entries *r, const char *entry, const char *text)
{
	uint64_t at = r->base + (r->raw ? (uint64_t)archive_filter_bytes(r->raw, -1) : r->at);

	snprintf(r->error, BUILD_ERROR_MAX, "%s: byte %" PRIu64 "%s%s%s: %s", r->path, at,
		 entry ? ": «" : "", entry ? entry : "", entry ? "»" : "",
		 text ? text : "not an archive, or a damaged one");
	return -1;
}

int entries_fail_hash(const struct entries *r, const char *entry)
{
	return entries_fail(r, entry, hasher_failed);
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

int entries_next(struct entries *r)
{
	if (++r->entries <= ARCHIVE_ENTRIES_MAX)
		return 0;
	return entries_fail(r, NULL, "more entries than an archive may have");
}

int entries_count(struct entries *r, const char *name, uint64_t bytes)
{
	r->bytes += bytes;
	if (r->bytes <= ARCHIVE_BYTES_MAX)
		return 0;
	return entries_fail(r, name, "unpacks to more than an archive may");
}

int entries_hash(struct entries *r, struct archive *a, const char *name, uint8_t *digest)
{
	uint8_t chunk[CHUNK];
	ssize_t n;

	if (hasher_start(&r->hasher))
		return entries_fail_hash(r, name);
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0) {
		if (entries_count(r, name, (uint64_t)n))
			return -1;
		if (hasher_add(&r->hasher, chunk, (size_t)n))
			return entries_fail_hash(r, name);
	}
	if (n < 0)
		return entries_fail(r, name, archive_error_string(a));
	return hasher_end(&r->hasher, digest) ? entries_fail_hash(r, name) : 0;
}

int entries_skip(struct entries *r, struct archive *a, const char *name)
{
	const void *data;
	size_t len;
	la_int64_t offset;
	int status;

	while ((status = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK)
		if (entries_count(r, name, len))
			return -1;
	return status == ARCHIVE_EOF ? 0 : entries_fail(r, name, archive_error_string(a));
}

int entries_put(struct entries *r, const char *name, const char *path, const uint8_t *digest)
{
	if (values_add(r->out, path, strlen(path), r->hasher.alg, digest))
		return entries_fail(r, name, strerror(errno));
	return 0;
}

int entries_put_name(struct entries *r, const char *name, const char *key, struct link *group,
		     const uint8_t *digest)
{
	char path[PACK_PATH_MAX + 1];
	int len = guest_path(r, name, path);
	const struct golden *value;

	if (len <= 0)
		return entries_fail(r, name, len ? path_error() : "a file without a name");
	if (entries_put(r, name, path, digest))
		return -1;
	value = &r->out->value[r->out->n - 1];
	if (links_add(&r->links, key ? key : path, (uint8_t *)(uintptr_t)value->digest, group))
		return entries_fail(r, name, strerror(ENOMEM));
	return 0;
}

void entries_filters(struct archive *a)
{
	/* archive_read_support_filter_all() has some that start programs of the name that they find. */
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_lz4(a);
}

/* A link to an earlier entry; the content may come with it, for all the file's names. */
static int add_link(struct entries *r, struct archive *a, struct archive_entry *e, const char *name)
{
	char target[PACK_PATH_MAX + 1];
	struct link *group;

	if (guest_path(r, archive_entry_hardlink(e), target) < 0)
		return entries_fail(r, name, path_error());
	group = links_find(&r->links, target);
	if (!group)
		return entries_fail(r, name, "a link to a file that is not before it");
	if (archive_entry_size(e) > 0 && entries_hash(r, a, name, links_digest(group)))
		return -1;
	return entries_put_name(r, name, NULL, group, links_digest(group));
}

static int add_entry(struct entries *r, struct archive *a, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);
	uint8_t digest[ALG_DIGEST_MAX];

	if (entries_next(r))
		return -1;
	if (!name)
		return entries_fail(r, NULL, "the name of an entry can't be read");
	if (archive_entry_hardlink(e))
		return add_link(r, a, e, name);
	if (archive_entry_filetype(e) != AE_IFREG)
		return entries_skip(r, a, name);
	return entries_hash(r, a, name, digest) ? -1
						: entries_put_name(r, name, NULL, NULL, digest);
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
