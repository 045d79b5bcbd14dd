// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's end of wire.h: a service that runs as root in the guest. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "wire.h"

#define REQUESTS "data/lab/req"

/* Read in/ID/0 … in/ID/(chunks - 1) as one string; the caller frees it. */
static char *read_command(struct xs_handle *xs, const char *id, unsigned int chunks)
{
	char path[LAB_PATH], *command, *part;
	size_t used = 0;
	unsigned int i, len;

	if (chunks > LAB_CHUNKS_MAX)
		return NULL;
	command = calloc(chunks + 1, LAB_CHUNK + 1);
	for (i = 0; command && i < chunks; i++) {
		snprintf(path, sizeof(path), "data/lab/in/%s/%u", id, i);
		part = xs_read(xs, XBT_NULL, path, &len);
		if (part && len <= LAB_CHUNK) {
			memcpy(command + used, part, len);
			used += len;
		}
		free(part);
	}
	return command;
}

/* Become the command, in a session of its own so that all of it can be ended. */
static void become(const char *command, int out, int err)
{
	setsid();
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	signal(SIGCHLD, SIG_DFL);
	if (chdir("/") == 0)
		execl("/bin/bash", "bash", "-c", command, (char *)NULL);
	_exit(127);
}

/* Run the command for at most so many seconds; gives the exit code as a shell would. */
static int run(const char *command, int seconds, int out, int err)
{
	struct pollfd end = {.events = POLLIN};
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become(command, out, err);
	if (pid < 0)
		return 127;
	end.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (poll(&end, 1, seconds * 1000) == 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		return LAB_TIMED_OUT;
	}
	if (waitpid(pid, &status, 0) != pid)
		return 127;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Write the beginning of a file to KIND/ID/0 …; gives the number of chunks. */
static unsigned int answer(struct xs_handle *xs, const char *kind, const char *id, int fd)
{
	char path[LAB_PATH], chunk[LAB_CHUNK];
	unsigned int n;
	ssize_t len;

	for (n = 0; n < LAB_CHUNKS_MAX; n++) {
		len = pread(fd, chunk, sizeof(chunk), (off_t)n * LAB_CHUNK);
		if (len <= 0)
			break;
		snprintf(path, sizeof(path), "data/lab/%s/%s/%u", kind, id, n);
		xs_write(xs, XBT_NULL, path, chunk, (unsigned int)len);
	}
	return n;
}

/* One request, in a process and with a xenstore connection of its own. */
static void serve(const char *id)
{
	struct xs_handle *xs = xs_open(0);
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	char path[LAB_PATH], response[64], *request, *command;
	unsigned int chunks, seconds;
	int code;

	if (!xs || out < 0 || err < 0)
		return;
	fcntl(xs_fileno(xs), F_SETFD, FD_CLOEXEC);
	snprintf(path, sizeof(path), REQUESTS "/%s", id);
	request = xs_read(xs, XBT_NULL, path, NULL);
	/* Removing a request is also seen by the watch. */
	if (!request || sscanf(request, "%u %u", &chunks, &seconds) != 2)
		return;
	command = read_command(xs, id, chunks);
	if (!command)
		return;
	code = run(command, (int)seconds, out, err);
	snprintf(response, sizeof(response), "%d %u %u", code, answer(xs, "out", id, out),
		 answer(xs, "err", id, err));
	snprintf(path, sizeof(path), "data/lab/rsp/%s", id);
	xs_write(xs, XBT_NULL, path, response, (unsigned int)strlen(response));
}

int main(void)
{
	struct xs_handle *xs = xs_open(0);
	char **event;
	unsigned int n;

	signal(SIGCHLD, SIG_IGN);
	if (!xs || !xs_watch(xs, REQUESTS, "") ||
	    !xs_write(xs, XBT_NULL, "data/lab/ready", "1", 1)) {
		perror("lab-agent: xenstore");
		return 1;
	}
	fcntl(xs_fileno(xs), F_SETFD, FD_CLOEXEC);
	while ((event = xs_read_watch(xs, &n))) {
		const char *id = event[XS_WATCH_PATH] + strlen(REQUESTS);

		if (*id == '/' && strlen(id) < LAB_PATH / 2 && fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			serve(id + 1);
			_exit(0);
		}
		free(event);
	}
	return 1;
}
