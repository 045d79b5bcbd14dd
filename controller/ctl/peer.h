/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is at the other end of a socket, and whether it may be there. */
#ifndef LAZARET_CTL_PEER_H
#define LAZARET_CTL_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/ctl.h"

#define PEER_NOBODY ((uid_t)-1) /* no process has it */

/* Whom a socket is for. */
struct peer_rule {
	gid_t group; /* its members, and root */
	uid_t denied; /* but never this account, whatever its groups; or PEER_NOBODY */
	uid_t denied_first; /* nor those from here ... */
	uid_t denied_last; /* ... to here; 0: none */
};

/* Whether a process with @uid, @gid and @count supplementary @groups may use the socket. */
bool peer_may(const struct peer_rule *rule, uid_t uid, gid_t gid, const gid_t *groups,
	      size_t count);

/**
 * peer_check() - ask the kernel who connected
 * @fd:		a connected AF_UNIX socket
 * @rule:	whom it is for
 * @peer:	filled in whenever the kernel could tell
 *
 * Return: whether the peer is allowed; false also if the kernel could not tell.
 */
bool peer_check(int fd, const struct peer_rule *rule, struct ctl_peer *peer);

#endif
