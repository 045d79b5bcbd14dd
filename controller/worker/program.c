/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* @out: becomes its output, if not -1. Return: -1 if it can't be started. */
static pid_t start(const char *const argv[], int out)
{
	/* There is no udev: device-mapper makes its nodes itself. */
	static char *const env[] = {(char *)"PATH=/usr/bin", (char *)"LC_ALL=C",
				    (char *)"DM_DISABLE_UDEV=1", NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, env) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static bool succeeds(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int program_run(const char *const argv[])
{
	pid_t pid = start(argv, -1);

	return pid > 0 && succeeds(pid) ? 0 : -1;
}

int program_json(const char *const argv[], json_t **out)
{
	int pipes[2];
	FILE *in;
	pid_t pid;

	*out = NULL;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -1;
	pid = start(argv, pipes[1]);
	close(pipes[1]);
	in = fdopen(pipes[0], "re");
	if (in)
		*out = json_loadf(in, 0, NULL);
	/* Closed before it is waited for: else one that prints on would never end. */
	if (in)
		fclose(in);
	else
		close(pipes[0]);
	return pid > 0 && succeeds(pid) && *out ? 0 : -1;
}
