/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of the control socket. */
#ifndef LAZARET_CTL_LISTEN_H
#define LAZARET_CTL_LISTEN_H

#include <sys/types.h>

/**
 * listen_open() - make a listening AF_UNIX socket, not blocking, closed on exec
 * @path:	its file gets mode 0660 and @group before it can be seen below this name
 *
 * Return: the descriptor; -1 after log_warn() with errno as ctl_new() tells.
 */
int listen_open(const char *path, gid_t group);

#endif
