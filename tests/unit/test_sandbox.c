/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a child can't do any more once it has given everything up. Needs root. */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox.h"

#define NOBODY	 65534
#define WAIT_MS	 10000
#define MEMORY	 (1UL << 30)
#define NICENESS 7

static void enter(void)
{
	const struct sandbox box = {.uid = NOBODY,
				    .gid = NOBODY,
				    .root = "/",
				    .memory = sandbox_memory(MEMORY),
				    .niceness = NICENESS};

	sandbox_enter(&box);
}

/* The child's child; says that it is there, and ends if it is left alone or told to. */
static void linger(int out)
{
	enter();
	if (write(out, "", 1) == 1)
		poll(NULL, 0, -1);
	_exit(0);
}

static bool comes(int fd, char *byte, ssize_t want)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1 && read(fd, byte, 1) == want;
}

static void dies_with_its_parent(void **state)
{
	int fds[2];
	pid_t pid;
	char byte;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (fork() == 0)
			linger(fds[1]);
		close(fds[1]);
		poll(NULL, 0, -1);
		_exit(0);
	}
	close(fds[1]);
	assert_true(comes(fds[0], &byte, 1));
	kill(pid, SIGKILL);
	/* The last who could write is gone. */
	assert_true(comes(fds[0], &byte, 0));
	waitpid(pid, NULL, 0);
	close(fds[0]);
}

/* All children are the same user: that they may not signal each other is the filter's work. */
static void harms_nobody(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		enter();
		kill(getppid(), 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dies_with_its_parent),
		cmocka_unit_test(harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
