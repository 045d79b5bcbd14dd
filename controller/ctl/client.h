/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection of the control socket: for ctl.c alone. */
#ifndef LAZARET_CTL_CLIENT_H
#define LAZARET_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <sys/queue.h>

#include "ctl/ctl.h"

/*
 * A client never frees itself, since it may be deep below its own handler when it comes to its end:
 * it is marked dead, and the server frees the dead from the loop.
 */
struct ctl_client {
	LIST_ENTRY(ctl_client) entry;
	struct ctl *ctl;
	struct bufferevent *bev; /* owns the descriptor */
	struct ctl_peer peer;
	size_t answer_bytes; /* of what waits to be sent, at most so much is answers */
	bool follows;
	bool closing; /* when all is sent */
	bool dead;
};

/**
 * client_new() - serve a connection
 * @fd:		not blocking; owned by the client on success
 *
 * Return: a client that reads, to be given to client_free(); NULL without memory.
 */
struct ctl_client *client_new(struct ctl *ctl, struct event_base *base, int fd,
			      const struct ctl_peer *peer);
void client_free(struct ctl_client *client);

/* Appends @object and a newline to @buffer. False: no memory, and @buffer holds a part of it. */
bool client_line(struct evbuffer *buffer, const json_t *object);

/* Sends an event's line to a follower, or drops it if too much waits already. @line is shared. */
void client_event(struct ctl_client *client, struct evbuffer *line);

/* What the clients ask of the server: an answer (a new reference or NULL), and to free the dead. */
json_t *ctl_answer(struct ctl *ctl, const struct ctl_peer *peer, const char *cmd,
		   const json_t *request);
void ctl_reap(struct ctl *ctl);

#endif
