/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a remedy domain reports: from the head's first byte on, findings where they belong. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "remedy/result.h"

static void check(void *arg, const struct ipc_finding *f)
{
	(void)arg;
	if (!f->class[0] || f->path[0] != '/' || !ipc_text_ok(f->path, sizeof(f->path)) ||
	    !ipc_text_ok(f->rule, sizeof(f->rule)) || !ipc_text_ok(f->reason, sizeof(f->reason)))
		abort();
	for (const char *c = f->path; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

void fuzz_result(const uint8_t *data, size_t len)
{
	size_t head = len < sizeof(struct result_head) ? len : sizeof(struct result_head);
	int fd = memfd_create("result", MFD_CLOEXEC);
	struct result_head out;
	const char *why = NULL;

	if (fd < 0 || ftruncate(fd, RESULT_SIZE) < 0 ||
	    pwrite(fd, data, head, 0) != (ssize_t)head ||
	    pwrite(fd, data + head, len - head, RESULT_TEXT) != (ssize_t)(len - head))
		abort();
	if (result_findings(fd, check, NULL, &why) < 0 ? !why : result_head(fd, &out) < 0)
		abort();
	close(fd);
}
