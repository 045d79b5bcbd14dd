/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/partrecord.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "golden/deb.h"

/* First the archive, then for each value bytes of its path with its NUL, path, digest. */
struct value_head {
	uint32_t path_size;
};

uint8_t *partrecord_write(const struct partial_archive *archive, const struct golden *value,
			  size_t n, size_t *len)
{
	uint8_t *data, *at;

	*len = sizeof(*archive);
	for (size_t i = 0; i < n; i++)
		*len += sizeof(struct value_head) + strlen(value[i].path) + 1 + value[i].alg->size;
	data = malloc(*len);
	if (!data)
		return NULL;
	memcpy(data, archive, sizeof(*archive));
	at = data + sizeof(*archive);
	for (size_t i = 0; i < n; i++) {
		struct value_head head = {(uint32_t)strlen(value[i].path) + 1};

		memcpy(at, &head, sizeof(head));
		at += sizeof(head);
		memcpy(at, value[i].path, head.path_size);
		at += head.path_size;
		memcpy(at, value[i].digest, value[i].alg->size);
		at += value[i].alg->size;
	}
	return data;
}

/* Return: bytes of the value at @data, 0 with errno. */
static size_t read_value(const uint8_t *data, size_t len, const struct alg *alg, struct values *out)
{
	struct value_head head;
	const char *path;

	errno = EPROTO;
	if (len < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	len -= sizeof(head);
	if (!head.path_size || head.path_size > len || len - head.path_size < alg->size)
		return 0;
	path = (const char *)data + sizeof(head);
	if (path[head.path_size - 1])
		return 0;
	if (values_add(out, path, head.path_size - 1, alg, (const uint8_t *)path + head.path_size))
		return 0;
	return sizeof(head) + head.path_size + alg->size;
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

int partrecord_read(const uint8_t *data, size_t len, const struct alg *alg,
		    struct partial_archive *archive, struct values *out)
{
	struct debian_package *p = &archive->package;

	errno = EPROTO;
	if (len < sizeof(*archive))
		return -1;
	memcpy(archive, data, sizeof(*archive));
	if (!ends(p->name, sizeof(p->name)) || !ends(p->version, sizeof(p->version)) ||
	    !ends(p->arch, sizeof(p->arch)))
		return -1;
	if (p->name[0] && deb_origin(out, p))
		return -1;
	data += sizeof(*archive);
	len -= sizeof(*archive);
	for (size_t size; len; data += size, len -= size) {
		size = read_value(data, len, alg, out);
		if (!size)
			return -1;
	}
	return 0;
}
