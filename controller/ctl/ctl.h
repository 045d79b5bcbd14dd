/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: how operators talk to the daemon.
 *
 * AF_UNIX, SOCK_STREAM. One JSON object per line each way. A client sends a request with at least
 * {"cmd": TEXT} and gets exactly one answer for it, {"ok": true, …} or {"ok": false, "code": CODE,
 * "error": TEXT}, in the order of its requests. A client whose request had "follow": true and
 * was answered with "ok" also gets every later event, a line each, until it closes.
 */
#ifndef LAZARET_CTL_H
#define LAZARET_CTL_H

#include <sys/types.h>
#include <jansson.h>

#define CTL_SOCKET_NAME "ctl.sock" /* below conf.run_dir */

#define CTL_LINE_MAX	 (64u << 10) /* bytes of a request, with its newline */
#define CTL_CLIENTS_MAX	 32 /* at once; more are told so and closed */
#define CTL_IDLE_SECONDS 60 /* without a request, or without reading what waits */
#define CTL_ANSWER_MAX	 (16u << 20) /* bytes of one answer, with its newline */
#define CTL_QUEUE_MAX	 (4u << 20) /* bytes of events that may wait for one follower */
#define CTL_NAME_MAX	 64 /* bytes of a peer's name, with the NUL */

/* Refusals a client can tell apart. Anything else is for people, in "error". */
#define CTL_NO_SUCH_VM	"no-such-vm"
#define CTL_BAD_REQUEST "bad-request"
#define CTL_DENIED	"denied"
#define CTL_CONFLICT	"conflict" /* the VM's state does not allow it */
#define CTL_FAILED	"failed"

struct ctl;
struct event_base;

/* Who asks: from the kernel (SO_PEERCRED), never from the request. */
struct ctl_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	char name[CTL_NAME_MAX]; /* login name, or «uid N» */
};

/**
 * ctl_handler - answers one request
 * @arg:	as given to ctl_new()
 * @peer:	who asks; allowed to (root or a member of the group, see ctl_deny())
 * @cmd:	the request's "cmd", NUL-terminated UTF-8; unknown ones come as well
 * @request:	the whole request, an object; borrowed
 *
 * It must not block and must not call ctl_free(). To make the client a follower it has nothing to
 * do but answer with "ok": true a request that holds "follow": true.
 *
 * Return: a new reference to the answer, an object with "ok". NULL is sent as CTL_FAILED.
 */
typedef json_t *ctl_handler(void *arg, const struct ctl_peer *peer, const char *cmd,
			    const json_t *request);

/**
 * ctl_new() - open the control socket
 * @base:	the daemon's event loop
 * @path:	of the socket; its directory exists. The socket gets mode 0660, owner root.
 * @group:	group of the socket, whose members (also by supplementary groups) may use it
 * @handler:	called from the loop for each request of an allowed client
 * @arg:	passed to it
 *
 * A socket file that nobody listens on any more is replaced; when somebody does, another daemon
 * lives there and nothing is touched. From here on the process ignores SIGPIPE.
 *
 * Return: the server, to be given to ctl_free(); NULL after log_warn() (errno EADDRINUSE: another
 * daemon; EEXIST: a file that is no socket is in the way; otherwise as the system call set it).
 */
struct ctl *ctl_new(struct event_base *base, const char *path, gid_t group, ctl_handler *handler,
		    void *arg);

/**
 * ctl_deny() - turn away one account, even if it belongs to the group
 * @uid:	that of the children: who takes over one of them must not be able to ask for a release
 *
 * To be called before the loop runs for the first time.
 */
void ctl_deny(struct ctl *ctl, uid_t uid);

/* The same for all accounts from @first to @last. */
void ctl_deny_range(struct ctl *ctl, uid_t first, uid_t last);

/**
 * ctl_broadcast() - send an event to every follower
 * @event:	an object; borrowed
 *
 * Never blocks: a follower with more than CTL_QUEUE_MAX bytes waiting is dropped. May be called
 * from the handler, whose own client then sees the event before its answer if it follows already.
 */
void ctl_broadcast(struct ctl *ctl, const json_t *event);

/* Closes every client, removes the socket file and frees all of it. @ctl may be NULL. */
void ctl_free(struct ctl *ctl);

/**
 * ctl_refusal() - make an answer that says no
 * @code:	one of CTL_NO_SUCH_VM …
 * @fmt:	printf format of what to do, for a person
 *
 * Return: a new reference to {"ok": false, "code": @code, "error": TEXT}; NULL without memory.
 */
json_t *ctl_refusal(const char *code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
