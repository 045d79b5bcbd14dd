/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/libxl_ctx.h"

#include <poll.h>
#include <stdlib.h>

#include <libxl_event.h>

#include "common/log.h"

/* A file or timer that libxl wants to be told of. */
struct registration {
	struct ts *ts;
	struct event *event;
	void *for_libxl;
};

static short to_poll(short what)
{
	return (short)((what & EV_READ ? POLLIN : 0) | (what & EV_WRITE ? POLLOUT : 0));
}

static short to_libevent(short events)
{
	return (short)((events & (POLLIN | POLLPRI) ? EV_READ : 0) |
		       (events & POLLOUT ? EV_WRITE : 0) | EV_PERSIST);
}

/* The poll is for POLLERR and POLLHUP, which libevent does not tell apart. */
static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct registration *reg = arg;
	struct pollfd pfd = {.fd = fd, .events = to_poll(what)};

	poll(&pfd, 1, 0);
	libxl_osevent_occurred_fd(reg->ts->ctx, reg->for_libxl, fd, pfd.events, pfd.revents);
}

static int fd_register(void *user, int fd, void **out, short events, void *for_libxl)
{
	struct ts *ts = user;
	struct registration *reg = calloc(1, sizeof(*reg));

	if (!reg)
		return ERROR_NOMEM;
	reg->ts = ts;
	reg->for_libxl = for_libxl;
	reg->event = event_new(ts->base, fd, to_libevent(events), on_fd, reg);
	if (!reg->event || event_add(reg->event, NULL) < 0) {
		free(reg);
		return ERROR_NOMEM;
	}
	*out = reg;
	return 0;
}

static int fd_modify(void *user, int fd, void **update, short events)
{
	struct ts *ts = user;
	struct registration *reg = *update;

	event_del(reg->event);
	event_assign(reg->event, ts->base, fd, to_libevent(events), on_fd, reg);
	return event_add(reg->event, NULL) < 0 ? ERROR_NOMEM : 0;
}

static void fd_deregister(void *user, int fd, void *for_app)
{
	struct registration *reg = for_app;

	(void)user;
	(void)fd;
	event_free(reg->event);
	free(reg);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct registration *reg = arg;
	struct ts *ts = reg->ts;
	void *for_libxl = reg->for_libxl;

	(void)fd;
	(void)what;
	event_free(reg->event);
	free(reg);
	libxl_osevent_occurred_timeout(ts->ctx, for_libxl);
}

static int timeout_register(void *user, void **out, struct timeval when, void *for_libxl)
{
	struct ts *ts = user;
	struct registration *reg = calloc(1, sizeof(*reg));
	struct timeval now, left = {0, 0};

	if (!reg)
		return ERROR_NOMEM;
	gettimeofday(&now, NULL);
	if (timercmp(&when, &now, >))
		timersub(&when, &now, &left);
	reg->ts = ts;
	reg->for_libxl = for_libxl;
	reg->event = event_new(ts->base, -1, 0, on_timeout, reg);
	if (!reg->event || event_add(reg->event, &left) < 0) {
		free(reg);
		return ERROR_NOMEM;
	}
	*out = reg;
	return 0;
}

/* libxl only ever asks for «now». */
static int timeout_modify(void *user, void **update, struct timeval when)
{
	struct registration *reg = *update;
	struct timeval now = {0, 0};

	(void)user;
	(void)when;
	return event_add(reg->event, &now) < 0 ? ERROR_NOMEM : 0;
}

static void timeout_deregister(void *user, void *for_app)
{
	(void)user;
	(void)for_app;
}

void libxl_ctx_register(struct ts *ts)
{
	static const libxl_osevent_hooks os_hooks = {
		.fd_register = fd_register,
		.fd_modify = fd_modify,
		.fd_deregister = fd_deregister,
		.timeout_register = timeout_register,
		.timeout_modify = timeout_modify,
		.timeout_deregister = timeout_deregister,
	};
	/* Our own children are waited for by their id: libxl may reap only its own. */
	static const libxl_childproc_hooks child_hooks = {
		.chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
	};

	libxl_osevent_register_hooks(ts->ctx, &os_hooks, ts);
	libxl_childproc_setmode(ts->ctx, &child_hooks, NULL);
}

static void op_end(evutil_socket_t fd, short what, void *arg)
{
	struct ts_op *op = arg;

	(void)fd;
	(void)what;
	op->done(op->arg, op->rc, op->domid);
	libxl_domain_config_dispose(&op->config);
	libxl_device_nic_dispose(&op->nic);
	libxl_device_disk_dispose(&op->disk);
	libxl_device_pci_dispose(&op->pci);
	free(op);
}

static void op_end_soon(struct ts_op *op, int rc)
{
	struct timeval now = {0, 0};

	op->rc = rc;
	if (event_base_once(op->ts->base, -1, EV_TIMEOUT, op_end, op, &now) < 0)
		fatalx("no memory for an event");
}

/* libxl may call this from inside any other call of ours: the caller hears of it from the loop. */
static void on_libxl_done(libxl_ctx *ctx, int rc, void *arg)
{
	(void)ctx;
	op_end_soon(arg, rc);
}

struct ts_op *ts_op_new(struct ts *ts, ts_done *done, void *arg)
{
	struct ts_op *op = calloc(1, sizeof(*op));

	if (!op)
		fatalx("no memory for an operation");
	op->ts = ts;
	op->done = done;
	op->arg = arg;
	libxl_domain_config_init(&op->config);
	libxl_device_nic_init(&op->nic);
	libxl_device_disk_init(&op->disk);
	libxl_device_pci_init(&op->pci);
	op->how.callback = on_libxl_done;
	op->how.u.for_callback = op;
	return op;
}

void ts_op_started(struct ts_op *op, int rc)
{
	if (rc)
		op_end_soon(op, rc);
}

void ts_done_later(struct ts *ts, ts_done *done, void *arg, int rc)
{
	op_end_soon(ts_op_new(ts, done, arg), rc);
}
