/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/rollback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/sandbox.h"

#define BLOCK	      (1 << 20)
#define REPORT_EVERY  (16 << 20)
#define REMEDY_MEMORY (256UL << 20)
#define REMEDY_ARGS   3

static int64_t size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

/* Reads up to @len bytes; fewer only at the end. */
static ssize_t read_full(int fd, char *buf, size_t len, off_t at)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, buf + got, len - got, at + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static int write_full(int fd, const char *buf, size_t len, off_t at)
{
	size_t put = 0;

	while (put < len) {
		ssize_t n = pwrite(fd, buf + put, len - put, at + (off_t)put);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		put += (size_t)n;
	}
	return 0;
}

/* Return: bytes written for the block at @at, or -1. */
static int64_t copy_block(int image, int disk, off_t at, char *want, char *have, size_t len)
{
	if (read_full(image, want, len, at) != (ssize_t)len)
		return -1;
	if (read_full(disk, have, len, at) == (ssize_t)len && !memcmp(want, have, len))
		return 0;
	return write_full(disk, want, len, at) < 0 ? -1 : (int64_t)len;
}

int64_t rollback_copy(int image, int disk, void (*progress)(uint64_t done, uint64_t total),
		      const char **why)
{
	int64_t total = size_of(image), room = size_of(disk), written = 0;
	char *want = malloc(BLOCK), *have = malloc(BLOCK);

	*why = "the golden image is larger than the disk, or one of them can't be read";
	if (!want || !have || total <= 0 || room < total)
		written = -1;
	for (int64_t at = 0; written >= 0 && at < total; at += BLOCK) {
		size_t len = total - at < BLOCK ? (size_t)(total - at) : BLOCK;
		int64_t n = copy_block(image, disk, at, want, have, len);

		*why = "reading or writing failed";
		written = n < 0 ? -1 : written + n;
		if (progress && at % REPORT_EVERY == 0)
			progress((uint64_t)at, (uint64_t)total);
	}
	if (written >= 0 && fsync(disk) < 0)
		written = -1;
	free(want);
	free(have);
	return written;
}

static void report(uint64_t done, uint64_t total)
{
	struct ipc_progress out = {.done = done, .total = total};

	ipc_send(IPC_FD, IPC_PROGRESS, &out, sizeof(out));
}

int remedy_child(int argc, char **argv)
{
	struct sandbox box = {.memory = REMEDY_MEMORY};
	struct ipc_progress done = {0};
	struct ipc_text text = {0};
	const char *why = NULL;
	int64_t written;

	if (argc != REMEDY_ARGS || !atoi(argv[0]) || !atoi(argv[1]))
		fatalx("remedy: wrong arguments");
	box.uid = (uid_t)atoi(argv[0]);
	box.gid = (gid_t)atoi(argv[1]);
	box.root = argv[2];
	sandbox_enter(&box);
	written = rollback_copy(IPC_FD_A, IPC_FD_B, report, &why);
	if (written < 0) {
		snprintf(text.text, sizeof(text.text), "%s", why);
		ipc_send(IPC_FD, IPC_FAILED, &text, sizeof(text));
		return 1;
	}
	done.done = (uint64_t)written;
	ipc_send(IPC_FD, IPC_DONE, &done, sizeof(done));
	return 0;
}
