/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/image.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/archive.h"
#include "golden/build.h"
#include "golden/format.h"
#include "golden/hasher.h"
#include "golden/tree.h"

#define SECTOR 512
#define CHUNK  (1U << 16)

/* Where an ext file system says that it is one (ext4(5), «superblock»). */
#define MAGIC_AT 1080

/* A file that was hashed: it may have other names. A folder that was entered: it may not. */
struct hashed {
	ext2_ino_t ino;
	uint8_t digest[ALG_DIGEST_MAX];
};

/* One image while it is read. */
struct image {
	const char *path;
	ext2_filsys fs;
	struct values *out;
	struct image_result *result;
	struct hasher hasher;
	uint64_t bytes_max;
	uint64_t entries;
	void *seen; /* tsearch() tree of struct hashed */
	char *error;
	bool failed;
	unsigned int depth;
	char name[PACK_PATH_MAX + 1]; /* of the folder that is read, and what is in it */
	size_t len;
};

static int fail(struct image *i, const char *entry, const char *text)
{
	snprintf(i->error, BUILD_ERROR_MAX, "%s%s%.200s%s: %s", i->path, entry ? ": «" : "",
		 entry ? entry : "", entry ? "»" : "", text);
	i->failed = true;
	return -1;
}

static bool is_ext(int fd, uint64_t offset)
{
	uint8_t magic[2];

	return pread(fd, magic, sizeof(magic), (off_t)(offset + MAGIC_AT)) ==
		       (ssize_t)sizeof(magic) &&
	       (magic[0] | magic[1] << 8) == EXT2_SUPER_MAGIC;
}

/* Return: number of partitions with such a file system; the offset of the last is written. */
static int find_partitions(int fd, uint64_t *offset, bool *is_disk)
{
	blkid_probe probe = blkid_new_probe();
	blkid_partlist list = NULL;
	int found = 0;

	if (probe && !blkid_probe_set_device(probe, fd, 0, 0))
		list = blkid_probe_get_partitions(probe);
	*is_disk = list && blkid_partlist_numof_partitions(list) > 0;
	for (int i = 0; list && i < blkid_partlist_numof_partitions(list); i++) {
		blkid_partition p = blkid_partlist_get_partition(list, i);
		uint64_t start = (uint64_t)blkid_partition_get_start(p) * SECTOR;

		if (start && is_ext(fd, start)) {
			*offset = start;
			found++;
		}
	}
	blkid_free_probe(probe);
	return found;
}

bool image_is(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool is_disk = false;
	uint64_t offset;

	if (fd < 0)
		return false;
	if (!is_ext(fd, 0))
		find_partitions(fd, &offset, &is_disk);
	else
		is_disk = true;
	close(fd);
	return is_disk;
}

static int read_content(struct image *i, ext2_ino_t ino, uint8_t *digest)
{
	unsigned int n = 0;
	ext2_file_t file;
	errcode_t code = ext2fs_file_open(i->fs, ino, 0, &file);
	uint8_t chunk[CHUNK];

	if (code)
		return fail(i, i->name, error_message(code));
	if (hasher_start(&i->hasher))
		code = EXT2_ET_NO_MEMORY;
	while (!code && !(code = ext2fs_file_read(file, chunk, sizeof(chunk), &n)) && n) {
		i->result->bytes += n;
		if (i->result->bytes > i->bytes_max)
			code = EXT2_ET_FILE_TOO_BIG;
		else if (hasher_add(&i->hasher, chunk, n))
			code = EXT2_ET_NO_MEMORY;
	}
	ext2fs_file_close(file);
	if (code || hasher_end(&i->hasher, digest))
		return fail(i, i->name, code ? error_message(code) : hasher_failed);
	return 0;
}

static int by_inode(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Return: its place in the tree, or NULL after a message. */
static struct hashed *remember(struct image *i, ext2_ino_t ino)
{
	struct hashed *new = calloc(1, sizeof(*new));

	if (new)
		new->ino = ino;
	if (new &&tsearch(new, &i->seen, by_inode))
		return new;
	free(new);
	fail(i, i->name, strerror(ENOMEM));
	return NULL;
}

static int add_file(struct image *i, ext2_ino_t ino)
{
	const struct hashed key = {.ino = ino};
	struct hashed **known = tfind(&key, &i->seen, by_inode), *file;

	file = known ? *known : remember(i, ino);
	if (!file || (!known && read_content(i, ino, file->digest)))
		return -1;
	if (values_add(i->out, i->name, i->len, i->hasher.alg, file->digest))
		return fail(i, i->name, strerror(errno));
	return 0;
}

static int visit(ext2_ino_t dir, int entry, struct ext2_dir_entry *e, int offset, int blocksize,
		 char *buf, void *arg);

static int read_folder(struct image *i, ext2_ino_t ino)
{
	errcode_t code;

	if (i->depth == IMAGE_DEPTH_MAX || tfind(&(struct hashed){.ino = ino}, &i->seen, by_inode))
		return fail(i, i->name, "a folder that is within itself, or there twice");
	if (!remember(i, ino))
		return -1;
	i->depth++;
	code = ext2fs_dir_iterate2(i->fs, ino, 0, NULL, visit, i);
	i->depth--;
	return code && !i->failed ? fail(i, i->name, error_message(code)) : i->failed ? -1 : 0;
}

static int read_entry(struct image *i, ext2_ino_t ino)
{
	struct ext2_inode inode;
	errcode_t code = ext2fs_read_inode(i->fs, ino, &inode);

	if (code)
		return fail(i, i->name, error_message(code));
	if (LINUX_S_ISREG(inode.i_mode))
		return add_file(i, ino);
	if (!LINUX_S_ISDIR(inode.i_mode))
		return 0;
	if (!tree_is_transient(i->name))
		return read_folder(i, ino);
	i->result->left_out++;
	return 0;
}

/* Called by libext2fs for each name in a folder. */
static int visit(ext2_ino_t dir, int entry, struct ext2_dir_entry *e, int offset, int blocksize,
		 char *buf, void *arg)
{
	struct image *i = arg;
	size_t len = (size_t)ext2fs_dirent_name_len(e), before = i->len;
	int err;

	(void)dir;
	(void)offset;
	(void)blocksize;
	(void)buf;
	if (entry == DIRENT_DOT_FILE || entry == DIRENT_DOT_DOT_FILE)
		return 0;
	if (++i->entries > ARCHIVE_ENTRIES_MAX) {
		fail(i, i->name, "more files than an image may have");
		return DIRENT_ABORT;
	}
	if (!len || memchr(e->name, '/', len) || memchr(e->name, '\0', len)) {
		fail(i, i->name, "a name in it is none");
		return DIRENT_ABORT;
	}
	if (i->len + 1 + len > PACK_PATH_MAX) {
		i->result->left_out++;
		return 0;
	}
	i->name[i->len] = '/';
	memcpy(i->name + i->len + 1, e->name, len);
	i->len += 1 + len;
	i->name[i->len] = '\0';
	err = read_entry(i, e->inode);
	i->len = before;
	i->name[before] = '\0';
	return err ? DIRENT_ABORT : 0;
}

static int read_image(struct image *i, uint64_t offset)
{
	char where[40];
	errcode_t code;
	int err;

	snprintf(where, sizeof(where), "offset=%" PRIu64, offset);
	code = ext2fs_open2(i->path, where, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &i->fs);
	if (code)
		return fail(i, NULL, error_message(code));
	if (ext2fs_has_feature_journal_needs_recovery(i->fs->super))
		err = fail(i, NULL,
			   "its journal is not replayed: shut the guest down, or e2fsck it");
	else
		err = read_folder(i, EXT2_ROOT_INO);
	ext2fs_close_free(&i->fs);
	return err;
}

/* Return: 0 and where the file system begins, or -1 after a message. */
static int find_system(struct image *i, uint64_t *offset)
{
	int fd = open(i->path, O_RDONLY | O_NOCTTY | O_CLOEXEC), found;
	bool is_disk;
	off_t end;

	if (fd < 0)
		return fail(i, NULL, strerror(errno));
	*offset = 0;
	end = lseek(fd, 0, SEEK_END);
	i->bytes_max = IMAGE_BYTES_FACTOR * (uint64_t)(end > 0 ? end : 0) + IMAGE_BYTES_MORE;
	found = is_ext(fd, 0) ? 1 : find_partitions(fd, offset, &is_disk);
	close(fd);
	if (found == 1)
		return 0;
	return fail(i, NULL,
		    found ? "several file systems: give one partition (losetup --partscan)"
			  : "no ext2, ext3 or ext4 file system in it");
}

int image_values(const char *path, const struct alg *alg, struct values *out,
		 struct image_result *result, char *error)
{
	struct image *i = calloc(1, sizeof(*i));
	uint64_t offset;
	int err;

	*result = (struct image_result){0};
	if (!i) {
		snprintf(error, BUILD_ERROR_MAX, "%s: %s", path, strerror(ENOMEM));
		return -1;
	}
	*i = (struct image){.path = path, .out = out, .result = result, .error = error};
	err = hasher_open(&i->hasher, alg) ? fail(i, NULL, hasher_failed) : find_system(i, &offset);
	if (!err)
		err = read_image(i, offset);
	tdestroy(i->seen, free);
	hasher_close(&i->hasher);
	free(i);
	return err;
}
