/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/imalog.h"
#include "fuzz.h"
#include "golden/format.h"
#include "golden/pack.h"
#include "golden/writer.h"

int fuzz_pack_fd(void)
{
	uint8_t a[32], b[32];
	struct golden golden[] = {{"/bin/a", alg_by_id(2), a, "coreutils 9.1-1"},
				  {"/bin/b", alg_by_id(2), b, NULL}};
	int fd = memfd_create("pack", MFD_CLOEXEC);

	imalog_digest("/bin/a", a, sizeof(a));
	imalog_digest("/bin/b", b, sizeof(b));
	if (fd < 0 || pack_write(fd, golden, 2, &(struct pack_label){.name = "fuzz"}))
		abort();
	return fd;
}

/* A damaged pack is refused for its sum: an attacker's would have the right one. */
static void repair(uint8_t *data, size_t len)
{
	struct pack_trailer t;

	if (len < sizeof(t))
		return;
	memcpy(&t, data + len - sizeof(t), sizeof(t));
	memcpy(t.magic, PACK_MAGIC, sizeof(t.magic));
	if (le32toh(t.version) != PACK_VERSION_PLAIN)
		t.version = htole32(PACK_VERSION);
	t.cdb_size = htole64(len - sizeof(t));
	t.name[PACK_NAME_MAX - 1] = '\0';
	memcpy(data + len - sizeof(t), &t, sizeof(t));
	EVP_Digest(data, len - sizeof(t) + offsetof(struct pack_trailer, sum), t.sum, NULL,
		   EVP_sha256(), NULL);
	memcpy(data + len - sizeof(t), &t, sizeof(t));
}

/* Whatever a pack says of it, it is a line of printable ASCII. */
static void check_origin(const struct pack *p, uint32_t origin)
{
	char text[PACK_TOLD_MAX];

	pack_tell_origin(p, origin, text);
	if (!*text || strlen(text) >= PACK_TOLD_MAX)
		abort();
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static void check(const struct pack *p, const char *path, uint32_t len)
{
	static volatile uint8_t sink;
	struct pack_answer a;
	uint8_t digest[32];

	imalog_digest("/bin/a", digest, sizeof(digest));
	pack_ask_record(p, pack_hash_path(path, len));
	pack_lookup(p, alg_by_id(2), digest, path, len, &a);
	for (uint32_t i = 0; a.path && i < a.path_len; i++)
		sink ^= (uint8_t)a.path[i];
	for (uint32_t i = 0; a.expected && i < a.alg->size; i++)
		sink ^= a.expected[i];
	check_origin(p, a.origin);
	check_origin(p, a.known_origin);
}

/* Only what a path and a digest may be is handed over, and all of it can be read. */
static int take(void *arg, const struct pack_entry *e)
{
	volatile uint8_t *sink = arg;

	if (!e->alg || e->path_len > PACK_PATH_MAX)
		abort();
	for (uint32_t i = 0; i < e->path_len; i++)
		*sink ^= (uint8_t)e->path[i];
	for (uint32_t i = 0; i < e->alg->size; i++)
		*sink ^= e->digest[i];
	return 0;
}

static void look(const struct pack *p, const uint8_t *data, size_t len)
{
	static uint8_t sink;

	if (strlen(pack_info(p)->name) >= PACK_NAME_MAX)
		abort();
	if (pack_each(p, take, &sink) < -1)
		abort();
	pack_algs(p);
	check(p, "/bin/a", 6);
	check(p, "/none", 5);
	check(p, "", 0);
	check(p, (const char *)data, (uint32_t)(len < 5000 ? len : 5000));
}

void fuzz_pack(const uint8_t *data, size_t len)
{
	char error[PACK_ERROR_MAX] = "";
	uint8_t *copy = malloc(len + !len);
	int fd = memfd_create("pack", MFD_CLOEXEC);
	struct pack *p;

	if (!len || fd < 0)
		goto out;
	memcpy(copy, data + 1, len - 1);
	if (*data & 1)
		repair(copy, len - 1);
	if (write(fd, copy, len - 1) != (ssize_t)len - 1)
		abort();
	p = pack_open(fd, error);
	if (p)
		look(p, data, len);
	else if (!*error)
		abort();
	pack_close(p);
out:
	close(fd);
	free(copy);
}
