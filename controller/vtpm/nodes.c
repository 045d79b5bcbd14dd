/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/nodes.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <xenstore.h>

#include <xen/io/xenbus.h>

#include "common/hex.h"
#include "common/log.h"

#define FRONTEND  "/local/domain/%u/device/vtpm2/0"
#define BACKEND	  "/local/domain/0/backend/vtpm2/%u/0"
#define BACKENDS  "/local/domain/0/backend/vtpm2/%u"
#define PATH_SIZE 128

/* A value of xenstore has 4096 bytes with its message's header: the log comes in parts. */
#define LOG_PART 1024

#define TOKEN_STOPPED "stopped" /* the others' are domain numbers */

static struct {
	struct xs_handle *xs;
	struct nodes_calls calls;
} nodes;

/*
 * A guest may write to its node as often as it likes: others get their turn after so many of its
 * events. libxenstore's file stays readable until all of them have been taken.
 */
static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	enum { EVENTS_PER_TURN = 64 };
	uint32_t last = 0; /* dom0 has no TPM of ours */
	bool stopped = false;
	char **event;

	(void)fd;
	(void)what;
	(void)arg;
	for (int i = 0; i < EVENTS_PER_TURN && (event = xs_check_watch(nodes.xs)); i++) {
		uint32_t domid = (uint32_t)strtoul(event[XS_WATCH_TOKEN], NULL, 10);

		stopped = stopped || !strcmp(event[XS_WATCH_TOKEN], TOKEN_STOPPED);
		free(event);
		if (last && last != domid)
			nodes.calls.changed(nodes.calls.arg, last);
		last = domid;
	}
	if (last)
		nodes.calls.changed(nodes.calls.arg, last);
	if (stopped)
		nodes.calls.stopped(nodes.calls.arg);
}

int nodes_start(struct event_base *base, const struct nodes_calls *calls)
{
	struct event *event;

	nodes.calls = *calls;
	nodes.xs = xs_open(0);
	/* Fired by xenstored for a domain that is suspended, too. */
	event = nodes.xs && xs_watch(nodes.xs, "@releaseDomain", TOKEN_STOPPED)
			? event_new(base, xs_fileno(nodes.xs), EV_READ | EV_PERSIST, on_watch, NULL)
			: NULL;
	if (event && event_add(event, NULL) == 0)
		return 0;
	log_warn("xenstore");
	return -1;
}

/* Whose node it is, and who else may read it. */
struct node_perms {
	unsigned int owner, reader;
};

static bool put(xs_transaction_t t, const struct node_perms *who, const char *dir, const char *key,
		const char *value)
{
	struct xs_permissions perms[2] = {{.id = who->owner, .perms = XS_PERM_NONE},
					  {.id = who->reader, .perms = XS_PERM_READ}};
	char path[PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s%s%s", dir, *key ? "/" : "", key);
	return xs_write(nodes.xs, t, path, value, (unsigned int)strlen(value)) &&
	       xs_set_permissions(nodes.xs, t, path, perms, 2);
}

static bool put_log(xs_transaction_t t, const struct node_perms *who, const char *dir,
		    const uint8_t *log, size_t len)
{
	char text[2 * LOG_PART + 1], key[32];
	unsigned int parts = 0;

	if (!put(t, who, dir, "event-log", ""))
		return false;
	for (size_t at = 0; at < len; at += LOG_PART) {
		hex_encode(text, log + at, len - at < LOG_PART ? len - at : LOG_PART);
		snprintf(key, sizeof(key), "event-log/%u", parts++);
		if (!put(t, who, dir, key, text))
			return false;
	}
	snprintf(text, sizeof(text), "%u", parts);
	return put(t, who, dir, "event-log/parts", text);
}

static bool put_device(xs_transaction_t t, unsigned int domid)
{
	const struct node_perms front_who = {domid, 0}, back_who = {0, domid};
	char front[PATH_SIZE], back[PATH_SIZE], id[16];

	snprintf(front, sizeof(front), FRONTEND, domid);
	snprintf(back, sizeof(back), BACKEND, domid);
	snprintf(id, sizeof(id), "%u", domid);
	return put(t, &back_who, back, "", "") && put(t, &back_who, back, "frontend", front) &&
	       put(t, &back_who, back, "frontend-id", id) &&
	       put(t, &back_who, back, "online", "1") &&
	       put(t, &back_who, back, "feature-protocol-v2", "1") &&
	       put(t, &back_who, back, "state", "2") && put(t, &front_who, front, "", "") &&
	       put(t, &front_who, front, "backend", back) &&
	       put(t, &front_who, front, "backend-id", "0") &&
	       put(t, &front_who, front, "handle", "0") && put(t, &front_who, front, "state", "1");
}

static char *read_node(const char *dir, const char *key)
{
	char path[PATH_SIZE + 32];
	unsigned int len;

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return xs_read(nodes.xs, XBT_NULL, path, &len);
}

static bool exists(uint32_t domid)
{
	char dir[PATH_SIZE], *state;

	snprintf(dir, sizeof(dir), BACKEND, domid);
	state = read_node(dir, "state");
	free(state);
	return state != NULL;
}

/* A device that is there keeps its state; the log is that of now: no part of another stays. */
static bool put_all(xs_transaction_t t, uint32_t domid, bool device, const uint8_t *log, size_t len)
{
	const struct node_perms who = {0, domid};
	char dir[PATH_SIZE], path[PATH_SIZE + 32];

	snprintf(dir, sizeof(dir), BACKEND, domid);
	snprintf(path, sizeof(path), "%s/event-log", dir);
	return (!device || put_device(t, domid)) && (xs_rm(nodes.xs, t, path) || errno == ENOENT) &&
	       put_log(t, &who, dir, log, len);
}

static bool commit(uint32_t domid, const uint8_t *log, size_t len)
{
	bool device = !exists(domid);

	for (;;) {
		xs_transaction_t t = xs_transaction_start(nodes.xs);
		bool ok = t != XBT_NULL && put_all(t, domid, device, log, len);

		if (t != XBT_NULL && xs_transaction_end(nodes.xs, t, !ok))
			return ok;
		if (!ok || errno != EAGAIN)
			return false;
	}
}

int nodes_create(uint32_t domid, const uint8_t *log, size_t len)
{
	char path[PATH_SIZE], token[16];

	if (!commit(domid, log, len)) {
		log_warn("xenstore: the nodes of domain %u's TPM", domid);
		return -1;
	}
	snprintf(path, sizeof(path), FRONTEND "/state", domid);
	snprintf(token, sizeof(token), "%u", domid);
	if (!xs_watch(nodes.xs, path, token) && errno != EEXIST) {
		log_warn("xenstore: watch %s", path);
		return -1;
	}
	return 0;
}

void nodes_remove(uint32_t domid)
{
	char path[PATH_SIZE], token[16];

	snprintf(path, sizeof(path), FRONTEND "/state", domid);
	snprintf(token, sizeof(token), "%u", domid);
	xs_unwatch(nodes.xs, path, token);
	snprintf(path, sizeof(path), BACKENDS, domid);
	xs_rm(nodes.xs, XBT_NULL, path);
}

/* The guest's text. Return: false if it is no number that fits. */
static bool number(uint32_t domid, const char *key, uint32_t *out)
{
	char dir[PATH_SIZE], *untrusted_text, *end = NULL;
	unsigned long value = 0;
	bool ok;

	snprintf(dir, sizeof(dir), FRONTEND, domid);
	untrusted_text = read_node(dir, key);
	ok = untrusted_text && isdigit((unsigned char)untrusted_text[0]);
	errno = 0;
	if (ok)
		value = strtoul(untrusted_text, &end, 10);
	ok = ok && !*end && !errno && value <= UINT32_MAX;
	free(untrusted_text);
	*out = (uint32_t)value;
	return ok;
}

int nodes_frontend_state(uint32_t domid)
{
	uint32_t state;

	return number(domid, "state", &state) && state <= XenbusStateReconfigured ? (int)state : 0;
}

void nodes_set_backend_state(uint32_t domid, int state)
{
	char path[PATH_SIZE + 32], text[16];

	snprintf(path, sizeof(path), BACKEND "/state", domid);
	snprintf(text, sizeof(text), "%d", state);
	if (!xs_write(nodes.xs, XBT_NULL, path, text, (unsigned int)strlen(text)))
		log_warn("xenstore: %s", path);
}

int nodes_ring(uint32_t domid, struct nodes_ring *out)
{
	return number(domid, "ring-ref", &out->ref) && number(domid, "event-channel", &out->port)
		       ? 0
		       : -1;
}
