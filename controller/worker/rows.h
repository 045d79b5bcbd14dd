/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be changed, file by file (remedy/mendplan.h). */
#ifndef LAZARET_WORKER_ROWS_H
#define LAZARET_WORKER_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "attest/alg.h"
#include "worker/xattrs.h"

struct digest {
	const struct alg *alg;
	uint8_t bytes[ALG_DIGEST_MAX];
};

/**
 * struct row - one file
 * @path:	in the guest, below its root: without the slash
 * @shown:	as dom0 wrote it
 * @vaccine:	name of the one that has to cure it; NULL: it is restored or removed
 * @content:	where its golden content is in this domain; NULL until that is found
 * @mode, @uid, @gid, @mtime, @xattrs: of the golden file
 */
struct row {
	bool restore; /* or remove */
	char *path;
	char *shown;
	char *vaccine;
	struct digest found; /* alg is NULL: it is no file, or a vaccine alone knows it */
	struct digest expected;
	char *content;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	time_t mtime;
	struct xattrs xattrs;
};

struct rows {
	struct row *row;
	size_t n;
};

/**
 * rows_decode() - bytes of a path that is written with \xNN for what is not printable
 * @text:	changed in place
 *
 * Return: false if it is not of that kind, or has a NUL in it.
 */
bool rows_decode(char *text);

/**
 * rows_read() - read a plan
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int rows_read(const char *path, struct rows *rows, char *error, size_t size);

#endif
