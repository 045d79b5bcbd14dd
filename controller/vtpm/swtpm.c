/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "vtpm/tpmhdr.h"

#define FD_DATA	   3
#define FD_KEY	   4
#define FD_HIGH	   64
#define NICENESS   5 /* a guest that floods its TPM must not hold up the controller */
#define MEMORY_MAX (512UL << 20) /* address space, bytes */
#define FILE_MAX   (4UL << 20) /* its state takes some 100 KiB */
#define FILES_MAX  32
#define STOP_MS	   5000
#define LEAVE_MS   1000

static void limit(int what, rlim_t value)
{
	struct rlimit rl = {value, value};

	if (setrlimit(what, &rl) < 0)
		_exit(126);
}

static void give_up_rights(uid_t uid, gid_t gid)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	limit(RLIMIT_AS, MEMORY_MAX);
	limit(RLIMIT_FSIZE, FILE_MAX);
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_CORE, 0);
	/* On top of what we have ourselves: to less than that nobody without rights can go. */
	errno = 0;
	if (nice(NICENESS) < 0 && errno)
		_exit(126);
}

/* The folder is given as «.», so that nobody has to be let through those above it. */
static void exec_swtpm(const char *dir, int data, int key, uid_t uid, gid_t gid, pid_t parent)
{
	static const char *const argv[] = {"swtpm",
					   "socket",
					   "--tpm2",
					   "--fd",
					   "3",
					   "--tpmstate",
					   "dir=.,mode=0600",
					   "--key",
					   "fd=4,mode=aes-256-cbc,format=binary",
					   "--flags",
					   "not-need-init,startup-clear",
					   NULL};

	data = fcntl(data, F_DUPFD, FD_HIGH);
	key = fcntl(key, F_DUPFD, FD_HIGH);
	if (chdir(dir) < 0 || dup2(data, FD_DATA) < 0 || dup2(key, FD_KEY) < 0)
		_exit(126);
	close_range(FD_KEY + 1, ~0U, 0);
	give_up_rights(uid, gid);
	/* Another user's id would have cleared it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Return: the reading end of a pipe that holds the key. */
static int key_pipe(const uint8_t *key)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	if (write(fds[1], key, SWTPM_KEY_SIZE) != SWTPM_KEY_SIZE) {
		close(fds[0]);
		fds[0] = -1;
	}
	close(fds[1]);
	return fds[0];
}

int swtpm_start(struct swtpm *tpm, const char *dir, const uint8_t *key, uid_t uid, gid_t gid)
{
	pid_t parent = getpid();
	int pair[2], keyfd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	keyfd = key_pipe(key);
	tpm->pid = keyfd < 0 ? -1 : fork();
	if (tpm->pid == 0)
		exec_swtpm(dir, pair[1], keyfd, uid, gid, parent);
	close(pair[1]);
	if (keyfd >= 0)
		close(keyfd);
	tpm->fd = pair[0];
	tpm->pidfd = tpm->pid > 0 ? pidfd_open(tpm->pid, 0) : -1;
	if (tpm->pidfd >= 0)
		return 0;
	close(pair[0]); /* if it runs, it ends of that, or with us */
	return -1;
}

static bool ends(const struct swtpm *tpm, int ms)
{
	struct pollfd p = {.fd = tpm->pidfd, .events = POLLIN};

	return poll(&p, 1, ms) > 0;
}

void swtpm_leave(const struct swtpm *tpm)
{
	close(tpm->fd);
	ends(tpm, LEAVE_MS);
}

void swtpm_stop(struct swtpm *tpm)
{
	close(tpm->fd);
	if (!ends(tpm, STOP_MS))
		kill(tpm->pid, SIGKILL);
	waitpid(tpm->pid, NULL, 0);
	close(tpm->pidfd);
}

static bool wait_for(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	do
		n = poll(&p, 1, SWTPM_ANSWER_MS);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool send_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

ssize_t swtpm_transact(const struct swtpm *tpm, const uint8_t *cmd, size_t len, uint8_t *rsp)
{
	size_t got = 0, want = TPM_HEADER_SIZE;

	if (!send_all(tpm->fd, cmd, len))
		return -1;
	while (got < want) {
		ssize_t n = wait_for(tpm->fd) ? read(tpm->fd, rsp + got, want - got) : -1;

		if (n <= 0)
			return -1;
		got += (size_t)n;
		if (want == TPM_HEADER_SIZE && got == want) {
			want = tpm_size(rsp);
			if (want < TPM_HEADER_SIZE || want > SWTPM_BUFFER_SIZE)
				return -1;
		}
	}
	return (ssize_t)got;
}
