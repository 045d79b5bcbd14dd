/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting lazaretd again, in a role. */
#ifndef LAZARET_SPAWN_H
#define LAZARET_SPAWN_H

#include <sys/types.h>

#define SPAWN_ARGS_MAX 12

/**
 * spawn_role() - start a child of ours
 * @argv:	arguments after the program's name, NULL-terminated, at most SPAWN_ARGS_MAX
 * @fd_a:	becomes IPC_FD_A in the child; -1: none
 * @fd_b:	becomes IPC_FD_B in the child; -1: none
 * @sock:	our end of the message socket, non-blocking, close-on-exec
 *
 * The child has nothing open but its standard files, IPC_FD and these. It dies with us; one that
 * becomes another user has to ask for that again, as sandbox_enter() does.
 * Return: its process id, or -1 with errno.
 */
pid_t spawn_role(const char *const argv[], int fd_a, int fd_b, int *sock);

#endif
