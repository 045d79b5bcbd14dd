// SPDX-License-Identifier: GPL-2.0-or-later
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/log.h"
#include "ctl/peer.h"

#define PASSWD_BYTES 4096 /* for one line of the user database */

bool peer_may(const struct peer_rule *rule, uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	if (uid == rule->denied ||
	    (rule->denied_last && uid >= rule->denied_first && uid <= rule->denied_last))
		return false;
	if (uid == 0 || gid == rule->group)
		return true;
	for (size_t i = 0; i < count; i++)
		if (groups[i] == rule->group)
			return true;
	return false;
}

static void fill_name(struct ctl_peer *peer)
{
	struct passwd entry, *found = NULL;
	char buf[PASSWD_BYTES];

	if (!getpwuid_r(peer->uid, &entry, buf, sizeof(buf), &found) && found &&
	    strlen(found->pw_name) < sizeof(peer->name))
		strcpy(peer->name, found->pw_name);
	else
		snprintf(peer->name, sizeof(peer->name), "uid %lu", (unsigned long)peer->uid);
}

/*
 * The peer's supplementary groups when it connected, to be freed. What the user database says of its
 * user does not matter: the process may have dropped a group, or not have it yet.
 */
static gid_t *peer_groups(int fd, size_t *count)
{
	socklen_t len = 0;
	gid_t *groups;

	*count = 0;
	getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len); /* ERANGE; tells the length */
	if (!len)
		return NULL;
	groups = malloc(len);
	if (groups && !getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		*count = len / sizeof(*groups);
	return groups;
}

bool peer_check(int fd, const struct peer_rule *rule, struct ctl_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	gid_t *groups;
	size_t count;
	bool allowed;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len)) {
		log_warn("control socket: cannot tell who connected");
		return false;
	}
	*peer = (struct ctl_peer){.uid = cred.uid, .gid = cred.gid, .pid = cred.pid};
	fill_name(peer);
	groups = peer_groups(fd, &count);
	allowed = peer_may(rule, cred.uid, cred.gid, groups, count);
	free(groups);
	return allowed;
}
