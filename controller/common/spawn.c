/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"

#define FD_HIGH 64 /* above all that a child gets, so that moving one can't hit another */

static int move_high(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
}

static void exec_child(const char *const args[], int sock, int fd_a, int fd_b, pid_t parent)
{
	const char *argv[SPAWN_ARGS_MAX + 2] = {"lazaretd"};
	sigset_t none;

	for (int i = 0; i < SPAWN_ARGS_MAX && args[i]; i++)
		argv[i + 1] = args[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	sock = move_high(sock);
	fd_a = move_high(fd_a);
	fd_b = move_high(fd_b);
	if (dup2(sock, IPC_FD) < 0 || (fd_a >= 0 && dup2(fd_a, IPC_FD_A) < 0) ||
	    (fd_b >= 0 && dup2(fd_b, IPC_FD_B) < 0))
		_exit(127);
	if (fd_a < 0)
		close(IPC_FD_A);
	close_range(fd_b >= 0 ? IPC_FD_B + 1 : fd_a >= 0 ? IPC_FD_A + 1 : IPC_FD + 1, ~0U, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	_exit(127);
}

pid_t spawn_role(const char *const argv[], int fd_a, int fd_b, int *sock)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		exec_child(argv, pair[1], fd_a, fd_b, parent);
	close(pair[1]);
	if (pid < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0) {
		close(pair[0]);
		return -1;
	}
	*sock = pair[0];
	return pid;
}
