/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/xattrs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#define IMA	      "security.ima"
#define IMA_VALUE_MAX 4096 /* a signature is far smaller */

void xattrs_drop(struct xattrs *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->list[i].name);
		free(x->list[i].value);
	}
	free(x->list);
	*x = (struct xattrs){0};
}

/* Return: false if there is no memory. */
static bool take_one(struct xattr *out, const char *name, const void *value, size_t size)
{
	*out = (struct xattr){.name = strdup(name), .value = malloc(size + 1), .size = size};
	if (out->value && size)
		memcpy(out->value, value, size);
	return out->name && out->value;
}

int xattrs_take(struct xattrs *out, struct archive_entry *e)
{
	int n = archive_entry_xattr_reset(e);
	const char *name;
	const void *value;
	size_t size;

	xattrs_drop(out);
	out->list = calloc((size_t)n + 1, sizeof(*out->list));
	if (!out->list)
		return -1;
	while ((int)out->n < n && archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK)
		if (!take_one(&out->list[out->n++], name, value, size))
			return -1;
	return 0;
}

static bool has(const struct xattrs *x, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->list[i].name, name))
			return true;
	return false;
}

/* What the old file says of itself is a guest's word: if it can't be set, nothing is lost. */
static void keep_ima(int fd, int old)
{
	static uint8_t untrusted_value[IMA_VALUE_MAX];
	ssize_t n = fgetxattr(old, IMA, untrusted_value, sizeof(untrusted_value));

	if (n > 0)
		fsetxattr(fd, IMA, untrusted_value, (size_t)n, 0);
}

int xattrs_put(int fd, const struct xattrs *x, int old)
{
	for (size_t i = 0; i < x->n; i++)
		if (fsetxattr(fd, x->list[i].name, x->list[i].value, x->list[i].size, 0) < 0 &&
		    errno != ENOTSUP)
			return -1;
	if (old >= 0 && !has(x, IMA))
		keep_ima(fd, old);
	return 0;
}
