/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The regular files of a root tree, by the paths that the guest knows them by. */
#ifndef LAZARET_TREE_H
#define LAZARET_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attest/alg.h"

/**
 * struct tree_file - one path
 * @path:	in the guest, absolute; owned by the tree
 * @digest:	once tree_hash() was called
 * @dev, @ino:	links of one file have the same
 */
struct tree_file {
	char *path;
	uint8_t digest[ALG_DIGEST_MAX];
	dev_t dev;
	ino_t ino;
};

/**
 * struct tree - all of them
 * @root:	where the tree is mounted; no slash at its end
 * @file:	@files of them, sorted by path, bytewise
 * @room:	of @file
 * @skipped:	directories and files that were left out
 * @bytes:	hashed
 */
struct tree {
	char *root;
	struct tree_file *file;
	size_t files;
	size_t room;
	uint64_t skipped;
	uint64_t bytes;
};

/**
 * tree_walk() - list the regular files below a directory
 * @t:		written; to be freed with tree_free() whatever is returned
 * @root:	a directory
 * @one_file_system: do not enter mount points
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * No symbolic link below @root is followed. What is below /proc /sys /dev /run /tmp of
 * the root is left out.
 *
 * Return: 0, or -1.
 */
int tree_walk(struct tree *t, const char *root, bool one_file_system, char *error);

/**
 * tree_hash() - fill in the digests
 * @alg:	of them; NULL: hasher_default()
 * @progress:	as in struct build_options
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * A file of many links is read once. Return: 0, or -1.
 */
int tree_hash(struct tree *t, const struct alg *alg,
	      void (*progress)(uint64_t done, uint64_t total, void *arg), void *arg, char *error);

/** tree_is_transient() - is what a folder holds not of the disk, or not there when the guest starts? */
bool tree_is_transient(const char *path);

/** tree_free() - what @t owns */
void tree_free(struct tree *t);

#endif
