/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/ipc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int ipc_send(int fd, enum ipc_type type, const void *data, size_t len)
{
	uint32_t head = type;
	struct iovec iov[2] = {{&head, sizeof(head)}, {(void *)(uintptr_t)data, len}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;

	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

ssize_t ipc_recv(int fd, uint32_t *type, void *data)
{
	struct iovec iov[2] = {{type, sizeof(*type)}, {data, IPC_DATA_MAX}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;

	do
		n = recvmsg(fd, &msg, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if (n == 0) {
		errno = ECONNRESET;
		return -1;
	}
	if (n < (ssize_t)sizeof(*type) || (msg.msg_flags & MSG_TRUNC)) {
		errno = EPROTO;
		return -1;
	}
	return n - (ssize_t)sizeof(*type);
}

int ipc_fail(const char *why)
{
	struct ipc_text text = {0};

	snprintf(text.text, sizeof(text.text), "%s", why);
	ipc_send(IPC_FD, IPC_FAILED, &text, sizeof(text));
	return 1;
}

int ipc_text_ok(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}
