// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "ctl/listen.h"

#define BACKLOG	    16
#define NEW_SUFFIX  ".new"
#define SOCKET_MODE 0660

static bool to_address(struct sockaddr_un *address, const char *path, const char *suffix)
{
	size_t room = sizeof(address->sun_path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((size_t)snprintf(address->sun_path, room, "%s%s", path, suffix) < room)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Whether @path is free to be taken: nothing there, or a socket that nobody listens on. */
static bool is_free(const char *path, const struct sockaddr_un *address)
{
	struct stat st;
	int fd, err;

	if (lstat(path, &st))
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return false;
	}
	fd = new_socket();
	if (fd < 0)
		return false;
	err = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (err == ECONNREFUSED || err == ENOENT)
		return true;
	errno = EADDRINUSE; /* also EAGAIN: somebody's backlog is full */
	return false;
}

/* Under another name first: nobody can connect before owner and mode are right. */
static int publish(int fd, const char *path, const struct sockaddr_un *address, gid_t group)
{
	const char *temporary = address->sun_path;
	int err;

	if (unlink(temporary) && errno != ENOENT)
		return -1;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		return -1;
	if (!chmod(temporary, 0) && !chown(temporary, geteuid(), group) &&
	    !chmod(temporary, SOCKET_MODE) && !listen(fd, BACKLOG) && !rename(temporary, path))
		return 0;
	err = errno;
	unlink(temporary);
	errno = err;
	return -1;
}

int listen_open(const char *path, gid_t group)
{
	struct sockaddr_un address, temporary;
	int fd = -1, err;

	if (to_address(&address, path, "") && to_address(&temporary, path, NEW_SUFFIX) &&
	    is_free(path, &address)) {
		fd = new_socket();
		if (fd >= 0 && !publish(fd, path, &temporary, group))
			return fd;
	}
	err = errno;
	if (err == EADDRINUSE)
		log_warnx("%s: another lazaretd listens there", path);
	else if (err == EEXIST)
		log_warnx("%s: in the way and not a socket; remove it", path);
	else
		log_warn("%s", path);
	if (fd >= 0)
		close(fd);
	errno = err;
	return -1;
}
