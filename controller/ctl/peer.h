/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is at the other end of a socket, and whether it may be there. */
#ifndef LAZARET_CTL_PEER_H
#define LAZARET_CTL_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/ctl.h"

/* Whether a process with @uid, @gid and @count supplementary @groups may use a socket of @group. */
bool peer_may(uid_t uid, gid_t gid, const gid_t *groups, size_t count, gid_t group);

/**
 * peer_check() - ask the kernel who connected
 * @fd:		a connected AF_UNIX socket
 * @group:	that the peer must belong to unless it is root
 * @peer:	filled in whenever the kernel could tell
 *
 * Return: whether the peer is allowed; false also if the kernel could not tell.
 */
bool peer_check(int fd, gid_t group, struct ctl_peer *peer);

#endif
