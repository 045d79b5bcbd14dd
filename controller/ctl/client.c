// SPDX-License-Identifier: GPL-2.0-or-later
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/time.h>

#include "common/log.h"
#include "ctl/client.h"

#define REFUSAL(text) "{\"ok\":false,\"code\":\"" CTL_FAILED "\",\"error\":\"" text "\"}\n"

static const struct timeval idle = {.tv_sec = CTL_IDLE_SECONDS};

static void client_end(struct ctl_client *client)
{
	client->dead = true;
	bufferevent_disable(client->bev, EV_READ | EV_WRITE);
	ctl_reap(client->ctl);
}

static size_t waiting(const struct ctl_client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->bev));
}

static int add_text(const char *text, size_t len, void *buffer)
{
	return evbuffer_add(buffer, text, len);
}

bool client_line(struct evbuffer *buffer, const json_t *object)
{
	return !json_dump_callback(object, add_text, buffer, JSON_COMPACT) &&
	       !evbuffer_add(buffer, "\n", 1);
}

/* @line: emptied */
static void send_line(struct ctl_client *client, struct evbuffer *line)
{
	client->answer_bytes += evbuffer_get_length(line);
	if (evbuffer_add_buffer(bufferevent_get_output(client->bev), line))
		client_end(client);
}

static void send_answer(struct ctl_client *client, const json_t *answer)
{
	static const char no_memory[] = REFUSAL("lazaretd has no memory for this answer");
	static const char too_long[] = REFUSAL("the answer is too long; ask for less");
	struct evbuffer *line = evbuffer_new();

	if (!line) {
		client_end(client);
		return;
	}
	if (!client_line(line, answer)) {
		evbuffer_drain(line, evbuffer_get_length(line));
		evbuffer_add(line, no_memory, sizeof(no_memory) - 1);
	} else if (evbuffer_get_length(line) > CTL_ANSWER_MAX) {
		log_warnx("control socket: an answer of %zu bytes is too long to send",
			  evbuffer_get_length(line));
		evbuffer_drain(line, evbuffer_get_length(line));
		evbuffer_add(line, too_long, sizeof(too_long) - 1);
	}
	send_line(client, line);
	evbuffer_free(line);
}

static void refuse(struct ctl_client *client, const char *code, const char *text)
{
	json_t *answer = ctl_refusal(code, "%s", text);

	send_answer(client, answer);
	json_decref(answer);
}

static void follow(struct ctl_client *client)
{
	client->follows = true;
	bufferevent_set_timeouts(client->bev, NULL, &idle); /* it need not ask again */
}

static void handle(struct ctl_client *client, const json_t *request)
{
	const char *cmd = json_string_value(json_object_get(request, "cmd"));
	json_t *answer;

	if (!cmd) {
		refuse(client, CTL_BAD_REQUEST, "a request is a JSON object with a text \"cmd\"");
		return;
	}
	answer = ctl_answer(client->ctl, &client->peer, cmd, request);
	send_answer(client, answer);
	if (json_is_true(json_object_get(answer, "ok")) &&
	    json_is_true(json_object_get(request, "follow")))
		follow(client);
	json_decref(answer);
}

static void handle_line(struct ctl_client *client, const char *line, size_t len)
{
	json_error_t error;
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	json_t *answer;

	if (request) {
		handle(client, request);
		json_decref(request);
		return;
	}
	answer = ctl_refusal(CTL_BAD_REQUEST, "not JSON: %s (at byte %d)", error.text,
			     error.position);
	send_answer(client, answer);
	json_decref(answer);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct ctl_client *client = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t len;
	char *line;

	while (!client->dead && !client->closing && waiting(client) <= CTL_QUEUE_MAX) {
		line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);
		if (line && len < CTL_LINE_MAX) {
			handle_line(client, line, len);
			free(line);
			continue;
		}
		if (line || evbuffer_get_length(input) >= CTL_LINE_MAX) {
			client->closing = true;
			refuse(client, CTL_BAD_REQUEST, "the request is longer than 64 KiB");
			bufferevent_disable(bev, EV_READ);
		}
		free(line);
		return;
	}
	/* It asks faster than it reads the answers: on_written() goes on. */
	bufferevent_disable(bev, EV_READ);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct ctl_client *client = arg;

	client->answer_bytes = 0;
	if (client->closing)
		client_end(client);
	else if (!client->dead && !(bufferevent_get_enabled(bev) & EV_READ)) {
		bufferevent_enable(bev, EV_READ);
		on_read(bev, client);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct ctl_client *client = arg;

	(void)bev;
	if (what & BEV_EVENT_TIMEOUT)
		log_debug("control socket: %s (pid %d) was idle for %d s", client->peer.name,
			  client->peer.pid, CTL_IDLE_SECONDS);
	/* Half closed is a client that has asked all it wants: let it have its answers. */
	if ((what & BEV_EVENT_EOF) && waiting(client) && !client->follows)
		client->closing = true;
	else
		client_end(client);
}

void client_event(struct ctl_client *client, struct evbuffer *line)
{
	struct evbuffer *output = bufferevent_get_output(client->bev);

	if (client->dead || client->closing || !client->follows)
		return;
	if (waiting(client) + evbuffer_get_length(line) > client->answer_bytes + CTL_QUEUE_MAX) {
		log_warnx("control socket: %s (pid %d) reads its events too slowly: dropped",
			  client->peer.name, client->peer.pid);
		client_end(client);
	} else if (evbuffer_add_buffer_reference(output, line)) {
		client_end(client);
	}
}

struct ctl_client *client_new(struct ctl *ctl, struct event_base *base, int fd,
			      const struct ctl_peer *peer)
{
	struct ctl_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->ctl = ctl;
	client->peer = *peer;
	client->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client->bev) {
		free(client);
		return NULL;
	}
	bufferevent_setcb(client->bev, on_read, on_written, on_event, client);
	/* The kernel holds what comes after one line of the greatest length. */
	bufferevent_setwatermark(client->bev, EV_READ, 0, CTL_LINE_MAX);
	bufferevent_set_timeouts(client->bev, &idle, &idle);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
	return client;
}

void client_free(struct ctl_client *client)
{
	bufferevent_free(client->bev);
	free(client);
}
