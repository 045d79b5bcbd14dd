/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/spool.h"

#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 65536

static struct {
	int fd; /* -1: nothing is kept */
	long size;
	size_t used;
	uint8_t buffer[BUFFER_SIZE];
} spool = {.fd = -1};

static void give_up(void)
{
	if (ftruncate(spool.fd, 0) < 0)
		(void)0; /* nothing is added either way */
	spool.fd = -1;
}

void spool_begin(int fd)
{
	spool.fd = fd;
	spool.size = 0;
	spool.used = 0;
	if (fd >= 0 && (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		spool.fd = -1;
}

bool spool_kept(void)
{
	return spool.fd >= 0;
}

void spool_flush(void)
{
	if (spool.fd >= 0 && spool.used &&
	    write(spool.fd, spool.buffer, spool.used) != (ssize_t)spool.used)
		give_up();
	spool.used = 0;
}

void spool_add(const uint8_t *record, size_t len)
{
	if (spool.fd < 0)
		return;
	spool.size += (long)len;
	if (spool.size > SPOOL_MAX || len > sizeof(spool.buffer)) {
		give_up();
		return;
	}
	if (len > sizeof(spool.buffer) - spool.used)
		spool_flush();
	memcpy(spool.buffer + spool.used, record, len);
	spool.used += len;
}
