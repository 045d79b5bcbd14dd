/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "common/hex.h"
#include "golden/hasher.h"

#define PATH_SIZE 4096
#define CHUNK	  (1u << 18)
#define REMAKE	  "make it anew with lazaret-remedy-image(8)"

/* Return: 0, or -1 with errno. */
static int digest_of(const char *path, char *out)
{
	static uint8_t data[CHUNK];
	uint8_t digest[ALG_DIGEST_MAX];
	struct hasher hasher = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	errno = ENOMEM;
	if (hasher_open(&hasher, hasher_default()) == 0 && hasher_start(&hasher) == 0)
		while ((n = read(fd, data, sizeof(data))) > 0)
			if (hasher_add(&hasher, data, (size_t)n) < 0)
				break;
	if (n == 0 && hasher_end(&hasher, digest) == 0) {
		hex_encode(out, digest, hasher.alg->size);
		rc = 0;
	}
	hasher_close(&hasher);
	close(fd);
	return rc;
}

static int check(const char *dir, const char *name, const char *expected, char *error, size_t size)
{
	char path[PATH_SIZE], found[2 * ALG_DIGEST_MAX + 1];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (digest_of(path, found) < 0)
		snprintf(error, size, "%.150s: %s", path, strerror(errno));
	else if (!expected || strcmp(found, expected) != 0)
		snprintf(error, size,
			 "%.100s is not what " IMAGE_DIGESTS " beside it says: " REMAKE, path);
	else
		return 0;
	return -1;
}

int image_check(const char *dir, char *error, size_t size)
{
	char path[PATH_SIZE];
	json_t *digests;
	int rc;

	snprintf(path, sizeof(path), "%s/" IMAGE_DIGESTS, dir);
	digests = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!digests) {
		snprintf(error, size, "%.120s can't be read: " REMAKE, path);
		return -1;
	}
	rc = check(dir, IMAGE_KERNEL, json_string_value(json_object_get(digests, "kernel")), error,
		   size);
	if (!rc)
		rc = check(dir, IMAGE_RAMDISK,
			   json_string_value(json_object_get(digests, "initrd")), error, size);
	json_decref(digests);
	return rc;
}
