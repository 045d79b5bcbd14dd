/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian's control data: what a package is, and lists of packages (deb-control(5), deb822(5)). */
#ifndef LAZARET_DEBIAN_H
#define LAZARET_DEBIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of each text with its NUL; the longest name in Debian 12 has 90. */
#define DEBIAN_NAME_MAX	   128
#define DEBIAN_VERSION_MAX 128
#define DEBIAN_ARCH_MAX	   32

/* Bytes of a control file, at most. */
#define DEBIAN_CONTROL_MAX (1U << 20)

/* Bytes of a package file's SHA-256. */
#define DEBIAN_SUM_SIZE 32

/**
 * struct debian_package - one package in one version
 * @name, @version, @arch: NUL-terminated, of letters, digits and the few other bytes that dpkg takes;
 *		@name is empty if there is none
 * @has_sum:	a repository's list says what the package's file is:
 * @sum:	its SHA-256
 */
struct debian_package {
	char name[DEBIAN_NAME_MAX];
	char version[DEBIAN_VERSION_MAX];
	char arch[DEBIAN_ARCH_MAX];
	bool has_sum;
	uint8_t sum[DEBIAN_SUM_SIZE];
};

/**
 * struct debian_list - packages, sorted
 * @package:	@n of them, no two the same, @has_sum and @sum aside
 */
struct debian_list {
	struct debian_package *package;
	size_t n;
	size_t room;
};

/**
 * debian_parse() - read a control file's first stanza
 * @text:	@len bytes
 *
 * Return: 0; -1 if Package, Version or Architecture is missing, too long or malformed.
 */
int debian_parse(const char *text, size_t len, struct debian_package *out);

/**
 * debian_list_read() - read a machine's installed set or a repository's list
 * @path:	dpkg's status file, or an uncompressed Packages file of a repository
 * @list:	to be freed with debian_list_free() whatever is returned
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned
 *
 * Of a status file, only packages whose files are there count (dpkg(1): «installed» and the
 * states between «half-configured» and it). A list that has two sums for one package is refused.
 *
 * Return: 0, or -1.
 */
int debian_list_read(const char *path, struct debian_list *list, char *error);

/** debian_list_find() - by name, version and architecture. Return: the place of @p, or -1 */
long debian_list_find(const struct debian_list *list, const struct debian_package *p);

/** debian_list_free() */
void debian_list_free(struct debian_list *list);

#endif
