// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/listen.h"
#include "ctl/peer.h"

#define ACCEPT_PAUSE_SECONDS 1 /* after accept() failed, for want of descriptors mostly */

LIST_HEAD(client_list, ctl_client);

struct ctl {
	struct event_base *base;
	struct evconnlistener *listener; /* owns the descriptor */
	struct event *reaper; /* made active when a client is dead */
	struct event *resume; /* listens again after a failed accept() */
	struct client_list clients;
	size_t client_count;
	struct peer_rule rule;
	ctl_handler *handler;
	void *arg;
	char *path;
};

json_t *ctl_refusal(const char *code, const char *fmt, ...)
{
	va_list args;
	json_t *text;

	va_start(args, fmt);
	text = json_vsprintf(fmt, args);
	va_end(args);
	if (!text) /* no memory, or bytes that are not UTF-8 among the arguments */
		text = json_string("refused");
	return json_pack("{s:b,s:s,s:o}", "ok", 0, "code", code, "error", text);
}

json_t *ctl_answer(struct ctl *ctl, const struct ctl_peer *peer, const char *cmd,
		   const json_t *request)
{
	json_t *answer = ctl->handler(ctl->arg, peer, cmd, request);

	if (answer && json_is_boolean(json_object_get(answer, "ok")))
		return answer;
	log_warnx("control socket: «%s» got no answer", cmd);
	json_decref(answer);
	return ctl_refusal(CTL_FAILED, "lazaretd could not answer; see its log");
}

void ctl_reap(struct ctl *ctl)
{
	event_active(ctl->reaper, 0, 0);
}

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *ctl = arg;
	struct ctl_client *client = LIST_FIRST(&ctl->clients), *next;

	(void)fd;
	(void)what;
	for (; client; client = next) {
		next = LIST_NEXT(client, entry);
		if (!client->dead)
			continue;
		LIST_REMOVE(client, entry);
		ctl->client_count--;
		client_free(client);
	}
}

/* A line to one who is not let in: a new socket always has room for it. */
static void turn_away(int fd, const char *code, const char *text)
{
	json_t *answer = ctl_refusal(code, "%s", text);
	char *line = json_dumps(answer, JSON_COMPACT);

	if (line && (send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ||
		     send(fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0))
		log_debug("control socket: one that was turned away is gone already");
	free(line);
	json_decref(answer);
	close(fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int len, void *arg)
{
	struct ctl_peer peer = {.name = "unknown"};
	struct ctl_client *client;
	struct ctl *ctl = arg;

	(void)listener;
	(void)address;
	(void)len;
	if (!peer_check(fd, &ctl->rule, &peer)) {
		log_warnx("control socket: %s (pid %d) may not use it", peer.name, peer.pid);
		turn_away(fd, CTL_DENIED,
			  "only root and the members of the socket's group may ask, and the "
			  "account of lazaretd's children never");
		return;
	}
	if (ctl->client_count == CTL_CLIENTS_MAX) {
		turn_away(fd, CTL_FAILED, "too many clients; try again when some have gone");
		return;
	}
	client = client_new(ctl, ctl->base, fd, &peer);
	if (!client) {
		turn_away(fd, CTL_FAILED, "lazaretd has no memory for another client");
		return;
	}
	LIST_INSERT_HEAD(&ctl->clients, client, entry);
	ctl->client_count++;
}

/* The connection that could not be accepted still waits: without a pause this would spin. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval pause = {.tv_sec = ACCEPT_PAUSE_SECONDS};
	struct ctl *ctl = arg;

	log_warn("control socket: accept");
	evconnlistener_disable(listener);
	event_add(ctl->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *ctl = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(ctl->listener);
}

static int listener_start(struct ctl *ctl)
{
	int fd = listen_open(ctl->path, ctl->rule.group);

	if (fd < 0)
		return -1;
	ctl->listener = evconnlistener_new(ctl->base, on_accept, ctl,
					   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!ctl->listener) {
		unlink(ctl->path);
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	evconnlistener_set_error_cb(ctl->listener, on_accept_error);
	return 0;
}

struct ctl *ctl_new(struct event_base *base, const char *path, gid_t group, ctl_handler *handler,
		    void *arg)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));

	if (!ctl)
		return NULL;
	signal(SIGPIPE, SIG_IGN); /* a client that is gone is an error of write() alone */
	ctl->base = base;
	ctl->rule = (struct peer_rule){.group = group, .denied = PEER_NOBODY};
	ctl->handler = handler;
	ctl->arg = arg;
	ctl->path = strdup(path);
	ctl->reaper = event_new(base, -1, 0, on_reap, ctl);
	ctl->resume = event_new(base, -1, 0, on_resume, ctl);
	if (ctl->path && ctl->reaper && ctl->resume && !listener_start(ctl))
		return ctl;
	ctl_free(ctl);
	return NULL;
}

void ctl_deny(struct ctl *ctl, uid_t uid)
{
	ctl->rule.denied = uid;
}

void ctl_deny_range(struct ctl *ctl, uid_t first, uid_t last)
{
	ctl->rule.denied_first = first;
	ctl->rule.denied_last = last;
}

void ctl_broadcast(struct ctl *ctl, const json_t *event)
{
	struct evbuffer *line = evbuffer_new();
	struct ctl_client *client;

	if (!line || !client_line(line, event)) {
		log_warnx("control socket: no memory for an event: followers miss it");
	} else {
		LIST_FOREACH (client, &ctl->clients, entry)
			client_event(client, line);
	}
	if (line)
		evbuffer_free(line);
}

void ctl_free(struct ctl *ctl)
{
	int err = errno;

	if (!ctl)
		return;
	for (struct ctl_client *client; (client = LIST_FIRST(&ctl->clients));) {
		LIST_REMOVE(client, entry);
		client_free(client);
	}
	if (ctl->listener) {
		evconnlistener_free(ctl->listener);
		unlink(ctl->path);
	}
	if (ctl->reaper)
		event_free(ctl->reaper);
	if (ctl->resume)
		event_free(ctl->resume);
	free(ctl->path);
	free(ctl);
	errno = err;
}
