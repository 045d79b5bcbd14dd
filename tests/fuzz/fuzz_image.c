/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks that somebody hands over: file systems, partition tables, and neither. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "golden/build.h"
#include "golden/image.h"

void fuzz_image(const uint8_t *data, size_t len)
{
	int fd = memfd_create("image", MFD_CLOEXEC);
	char path[64], error[BUILD_ERROR_MAX] = "";
	struct image_result r;
	struct values v = {0};

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	image_is(path);
	if (image_values(path, NULL, &v, &r, error) && (!*error || strlen(error) >= sizeof(error)))
		abort();
	for (size_t i = 0; i < v.n; i++)
		if (v.value[i].path[0] != '/' || strstr(v.value[i].path, "/../"))
			abort();
	values_free(&v);
	close(fd);
}
