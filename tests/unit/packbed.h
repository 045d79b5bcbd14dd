/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory with a small root tree in it, and packs made of that. */
#ifndef LAZARET_PACKBED_H
#define LAZARET_PACKBED_H

#include "unit.h"

#include "golden/build.h"
#include "golden/pack.h"

/* Files of the tree: "list" in /usr/bin/ls and its link dir, "concatenate" in cat, … */
#define PACKBED_FILES 5

/* What the last call that failed had to say. */
extern char packbed_error[BUILD_ERROR_MAX];

/** packbed_setup(), packbed_teardown() - of a group: make the tree, remove all */
int packbed_setup(void **state);
int packbed_teardown(void **state);

/** packbed_path() - name of a file in the directory; overwritten by the fourth call after */
const char *packbed_path(const char *name);

/** packbed_file(), packbed_dir() - make one below the directory */
void packbed_file(const char *name, const char *content);
void packbed_dir(const char *name);

/** packbed_build() - make a pack of the tree, at a time */
void packbed_build(const char *output, uint64_t built);

/** packbed_open() - open a pack by its file's name; NULL if it is refused */
struct pack *packbed_open(const char *name);

/** packbed_look() - look up a file of this content */
enum pack_class packbed_look(const struct pack *p, const char *content, const char *path,
			     struct pack_answer *out);

/** packbed_read(), packbed_write() - whole files */
size_t packbed_read(const char *name, uint8_t *out, size_t max);
void packbed_write(const char *name, const uint8_t *data, size_t len);

#endif
