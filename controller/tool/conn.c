// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "tool/conn.h"
#include "tool/tool.h"

#define CHUNK		65536
#define CONNECT_SECONDS 4

struct conn {
	int fd;
	char *buf;
	size_t len, room;
	size_t seen; /* of len, without a newline */
};

static int explain(const char *path)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		warnx("%s: only root and the members of the socket's group may use it", path);
		return TOOL_DENIED;
	case ENOENT:
	case ECONNREFUSED:
		warnx("%s: no lazaretd listens there; is it running?", path);
		return TOOL_UNREACHABLE;
	case EAGAIN:
		warnx("%s: lazaretd is too busy to answer", path);
		return TOOL_UNREACHABLE;
	default:
		warn("%s", path);
		return TOOL_UNREACHABLE;
	}
}

struct conn *conn_open(const char *path, int *status)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = CONNECT_SECONDS};
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!path)
		path = getenv(CONN_SOCKET_ENV);
	if (!path || !*path)
		path = CONN_DEFAULT_SOCKET;
	*status = TOOL_UNREACHABLE;
	if (!conn) {
		warn("%s", path);
		return NULL;
	}
	conn->fd = -1;
	if (strlen(path) >= sizeof(address.sun_path)) {
		warnx("%s: too long for the name of a socket", path);
		conn_close(conn);
		return NULL;
	}
	strcpy(address.sun_path, path);
	conn->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* A daemon that is stuck lets its queue run full: connect() would wait for ever. */
	if (conn->fd >= 0)
		setsockopt(conn->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (conn->fd >= 0 && !connect(conn->fd, (struct sockaddr *)&address, sizeof(address)))
		return conn;
	*status = explain(path);
	conn_close(conn);
	return NULL;
}

void conn_close(struct conn *conn)
{
	if (!conn)
		return;
	if (conn->fd >= 0)
		close(conn->fd);
	free(conn->buf);
	free(conn);
}

void conn_send(struct conn *conn, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0, sent = 0;

	if (!text)
		errx(TOOL_FAILED, "no memory, or an argument that is not UTF-8");
	text[len++] = '\n'; /* in the place of the NUL */
	while (sent < len) {
		ssize_t n = send(conn->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			break;
		sent += n > 0 ? n : 0;
	}
	free(text);
}

/* Waits for bytes. Return: 1; 0 when the time is over or our own reader is gone; -1. */
static int await(const struct conn *conn, int seconds)
{
	struct pollfd fds[] = {
		{.fd = conn->fd, .events = POLLIN},
		{.fd = seconds == CONN_FOREVER ? STDOUT_FILENO : -1},
	};
	int n;

	do
		n = poll(fds, 2, seconds == CONN_FOREVER ? -1 : seconds * 1000);
	while (n < 0 && errno == EINTR);
	if (n > 0 && fds[1].revents)
		return 0;
	return n;
}

/* Return: bytes read; 0: the end; -1 with errno. */
static ssize_t fill(struct conn *conn)
{
	ssize_t n;

	if (conn->len + CHUNK > conn->room) {
		char *buf = realloc(conn->buf, conn->len + CHUNK);

		if (!buf)
			return -1;
		conn->buf = buf;
		conn->room = conn->len + CHUNK;
	}
	do
		n = recv(conn->fd, conn->buf + conn->len, CHUNK, 0);
	while (n < 0 && errno == EINTR);
	conn->len += n > 0 ? n : 0;
	return n;
}

/* Takes the first line out of the buffer. Return: NULL with *@whole false if there is none yet. */
static json_t *take_line(struct conn *conn, bool *whole)
{
	json_error_t error;
	json_t *object;
	char *end = NULL;
	size_t len;

	if (conn->len > conn->seen)
		end = memchr(conn->buf + conn->seen, '\n', conn->len - conn->seen);
	*whole = end != NULL;
	conn->seen = conn->len;
	if (!end)
		return NULL;
	len = end - conn->buf + 1;
	object = json_loadb(conn->buf, len, 0, &error);
	memmove(conn->buf, conn->buf + len, conn->len - len);
	conn->len -= len;
	conn->seen = 0;
	if (!json_is_object(object)) {
		warnx("the daemon's answer makes no sense: %s",
		      object ? "it is no object" : error.text);
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *conn_read(struct conn *conn, int seconds, int *status)
{
	bool whole;
	int ready;

	*status = TOOL_UNREACHABLE;
	for (;;) {
		json_t *object = take_line(conn, &whole);

		if (whole)
			return object;
		if (conn->len > CTL_ANSWER_MAX) {
			warnx("the daemon's answer is longer than any can be");
			return NULL;
		}
		ready = await(conn, seconds);
		if (ready == 0 && seconds == CONN_FOREVER) {
			*status = TOOL_OK;
			return NULL;
		}
		if (ready == 0) {
			warnx("the daemon has not answered for %d s; see its log", seconds);
			return NULL;
		}
		switch (ready < 0 ? -1 : fill(conn)) {
		case -1:
			warn("control socket");
			return NULL;
		case 0:
			warnx(seconds == CONN_FOREVER
				      ? "the daemon ended the stream: it stopped, or we read too "
					"slowly"
				      : "the daemon closed the connection without an answer");
			return NULL;
		}
	}
}
