/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/vtpm.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include <xen/io/xenbus.h>

#include "attest/attest.h"
#include "common/hex.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/spawn.h"
#include "common/timefmt.h"
#include "evidence/make.h"
#include "vm/vm.h"
#include "vtpm/enrol.h"
#include "vtpm/nodes.h"
#include "vtpm/spec.h"

#define CONFIG_MS	  50
#define CONFIG_LIMIT_MS	  60000 /* a toolstack that creates a domain may wait for its devices */
#define RETRY_MIN_MS	  500
#define RETRY_MAX_MS	  30000
#define MESSAGES_PER_TURN 16

struct vtpm {
	struct vm *vm;
	uint32_t domid;
	pid_t pid; /* 0: no child */
	int sock;
	struct event *event; /* the child's */
	struct event *timer; /* until the configuration can be read */
	int64_t config_ms; /* since when it is waited for */
	bool held; /* our pause is in force */
	bool measure;
	bool up; /* «ready» is filled */
	bool serving;
	struct nodes_ring ring; /* the one that is, or is about to be, served */
	int64_t retry_ms;
	unsigned int failures;
	struct ipc_tpm_ready ready;
};

static void start_child(struct vtpm *tpm);

static void release(struct vtpm *tpm)
{
	if (tpm->held && ts_unpause(tpm->vm->host->ts, tpm->domid) < 0)
		log_warnx("%s: Xen refused to unpause it", tpm->vm->row.name);
	tpm->held = false;
}

static void end_child(struct vtpm *tpm)
{
	if (!tpm->pid)
		return;
	event_free(tpm->event);
	close(tpm->sock);
	kill(tpm->pid, SIGKILL);
	waitpid(tpm->pid, NULL, 0);
	tpm->pid = 0;
	tpm->up = tpm->serving = false;
}

/* A VM must not wait for ever for a TPM that can't be had: it starts without, and is unknown. */
static void failed(struct vtpm *tpm, const char *why)
{
	int64_t wait = (int64_t)RETRY_MIN_MS << (tpm->failures < 6 ? tpm->failures : 6);

	end_child(tpm);
	tpm->failures++;
	tpm->retry_ms = time_mono_ms() + (wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS);
	host_event(tpm->vm->host, tpm->vm, "tpm", "vtpm",
		   json_pack("{s:s,s:s}", "what", "failed", "reason", why));
	release(tpm);
	vm_on_tpm_lost(tpm->vm, why);
}

static bool hex_ok(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	return len < size && strspn(text, "0123456789abcdef") == len;
}

static bool ready_ok(const struct ipc_tpm_ready *r, ssize_t len)
{
	return len == (ssize_t)sizeof(*r) && r->ak_len <= sizeof(r->ak) &&
	       r->log_len <= sizeof(r->log) && hex_ok(r->kernel, sizeof(r->kernel)) &&
	       hex_ok(r->ramdisk, sizeof(r->ramdisk)) && hex_ok(r->cmdline, sizeof(r->cmdline)) &&
	       hex_ok(r->config, sizeof(r->config));
}

static void serve(struct vtpm *tpm)
{
	struct ipc_tpm_ring ring;
	int state = nodes_frontend_state(tpm->domid);

	if (!tpm->up || tpm->serving || tpm->ring.port ||
	    (state != XenbusStateInitialised && state != XenbusStateConnected) ||
	    nodes_ring(tpm->domid, &tpm->ring) < 0)
		return;
	ring = (struct ipc_tpm_ring){tpm->ring.ref, tpm->ring.port};
	ipc_send(tpm->sock, IPC_TPM_RING, &ring, sizeof(ring));
}

static void on_ready(struct vtpm *tpm, const struct ipc_tpm_ready *ready)
{
	struct vm *vm = tpm->vm;

	tpm->ready = *ready;
	tpm->up = true;
	tpm->ring = (struct nodes_ring){0};
	host_event(vm->host, vm, "tpm", "vtpm",
		   json_pack("{s:s,s:b,s:b,s:I,s:s,s:s,s:s,s:s}", "what", "up", "measured",
			     (int)ready->measured, "rebuilt", (int)ready->rebuilt, "resets",
			     (json_int_t)ready->reset_count, "kernel", ready->kernel, "ramdisk",
			     ready->ramdisk, "cmdline", ready->cmdline, "config", ready->config));
	enrol_check(vm, ready);
	if (nodes_create(tpm->domid, ready->log, ready->log_len) < 0) {
		failed(tpm, "the device can't be made in xenstore");
		return;
	}
	release(tpm);
	attest_tpm(vm);
	serve(tpm);
}

static bool on_message(struct vtpm *tpm, uint32_t type, const void *data, ssize_t len)
{
	const struct ipc_text *text = data;

	switch (type) {
	case IPC_TPM_READY:
		if (tpm->up || !ready_ok(data, len))
			return false;
		on_ready(tpm, data);
		return true;
	case IPC_TPM_SERVING:
		tpm->serving = true;
		tpm->failures = 0;
		nodes_set_backend_state(tpm->domid, XenbusStateConnected);
		return true;
	case IPC_TPM_QUOTED:
		if (len != (ssize_t)sizeof(struct ipc_tpm_quoted))
			return false;
		if (!evidence_quoted(tpm->vm, data))
			attest_quoted(tpm->vm, data);
		return true;
	case IPC_FAILED:
		if (len == (ssize_t)sizeof(*text) && ipc_text_ok(text->text, sizeof(text->text)))
			failed(tpm, text->text);
		else
			failed(tpm, "the vtpm process failed");
		return true;
	default:
		return false;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	struct vtpm *tpm = arg;

	(void)what;
	for (int i = 0; i < MESSAGES_PER_TURN && tpm->pid; i++) {
		uint32_t type = 0;
		ssize_t n = ipc_recv(fd, &type, data);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 || !on_message(tpm, type, data, n)) {
			failed(tpm, "the vtpm process died");
			return;
		}
	}
}

static void spawn(struct vtpm *tpm, const json_t *config)
{
	static const char *const argv[] = {"-r", "vtpm", NULL};
	struct ipc_tpm_spec spec = {0};

	if (spec_fill(&spec, tpm->vm, tpm->domid, config) < 0) {
		failed(tpm, "a text of its configuration is too long");
		return;
	}
	spec.measure = spec.measure && tpm->measure;
	tpm->pid = spawn_role(argv, -1, -1, &tpm->sock);
	if (tpm->pid < 0) {
		tpm->pid = 0;
		failed(tpm, "no process could be started");
		return;
	}
	tpm->event =
		event_new(tpm->vm->host->base, tpm->sock, EV_READ | EV_PERSIST, on_readable, tpm);
	if (!tpm->event || event_add(tpm->event, NULL) < 0)
		fatalx("no memory for an event");
	ipc_send(tpm->sock, IPC_TPM_SPEC, &spec, sizeof(spec));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct vtpm *tpm = arg;

	(void)fd;
	(void)what;
	event_free(tpm->timer);
	tpm->timer = NULL;
	start_child(tpm);
}

static void wait_for_config(struct vtpm *tpm)
{
	static const struct timeval tv = {0, CONFIG_MS * 1000};

	if (time_mono_ms() - tpm->config_ms > CONFIG_LIMIT_MS) {
		failed(tpm, "its configuration can't be read");
		return;
	}
	tpm->timer = evtimer_new(tpm->vm->host->base, on_timer, tpm);
	if (!tpm->timer || evtimer_add(tpm->timer, &tv) < 0)
		fatalx("no memory for a timer");
}

/* The toolstack writes the configuration down when the domain is made, just before it starts. */
static void start_child(struct vtpm *tpm)
{
	json_t *config = ts_config(tpm->vm->host->ts, tpm->domid);

	if (config)
		spawn(tpm, config);
	else
		wait_for_config(tpm);
	json_decref(config);
}

void vtpm_attach(struct vm *vm)
{
	struct host *host = vm->host;
	struct ts_domain dom;
	struct vtpm *tpm;

	if (!vm->conf->vtpm || vm->vtpm || vm->domid < 0)
		return;
	tpm = calloc(1, sizeof(*tpm));
	if (!tpm)
		fatalx("no memory for a TPM");
	tpm->vm = vm;
	tpm->domid = (uint32_t)vm->domid;
	vm->vtpm = tpm;
	/* Only what has not run is held; it is looked at again, since it may have run meanwhile. */
	tpm->held = ts_info(host->ts, tpm->domid, &dom) == 0 && !dom.ran &&
		    ts_pause(host->ts, tpm->domid) == 0;
	tpm->measure = tpm->held && ts_info(host->ts, tpm->domid, &dom) == 0 && !dom.ran;
	if (!tpm->measure)
		release(tpm);
	tpm->config_ms = time_mono_ms();
	start_child(tpm);
}

void vtpm_detach(struct vm *vm)
{
	struct vtpm *tpm = vm->vtpm;

	if (!tpm)
		return;
	vm->vtpm = NULL;
	end_child(tpm);
	if (tpm->timer)
		event_free(tpm->timer);
	if (vm->domid == (int64_t)tpm->domid)
		release(tpm);
	nodes_remove(tpm->domid);
	free(tpm);
}

void vtpm_leave(struct vm *vm)
{
	if (!vm->vtpm)
		return;
	end_child(vm->vtpm);
	release(vm->vtpm);
}

void vtpm_tick(struct vm *vm)
{
	struct vtpm *tpm = vm->vtpm;

	if (!tpm || tpm->pid || tpm->timer || time_mono_ms() < tpm->retry_ms)
		return;
	tpm->measure = false; /* it may have run meanwhile */
	tpm->config_ms = time_mono_ms();
	start_child(tpm);
}

/* The guest has set up a new ring, or given up its old one: another child serves it. */
static void on_frontend(void *arg, uint32_t domid)
{
	struct vm *vm = vm_by_domid(arg, domid);
	struct vtpm *tpm = vm ? vm->vtpm : NULL;
	struct nodes_ring ring;
	int state;

	if (!tpm || !tpm->up)
		return;
	state = nodes_frontend_state(domid);
	if (tpm->ring.port &&
	    (state == XenbusStateClosing || state == XenbusStateClosed ||
	     (nodes_ring(domid, &ring) == 0 && memcmp(&ring, &tpm->ring, sizeof(ring))))) {
		end_child(tpm);
		nodes_set_backend_state(domid, XenbusStateInitWait);
		/* Not at once: a guest could ask for this all the time. */
		tpm->retry_ms = time_mono_ms() + RETRY_MIN_MS;
		return;
	}
	serve(tpm);
}

const struct ipc_tpm_ready *vtpm_ready(const struct vm *vm)
{
	return vm->vtpm && vm->vtpm->up ? &vm->vtpm->ready : NULL;
}

void vtpm_quote(struct vm *vm, const struct ipc_tpm_quote *quote)
{
	if (vm->vtpm && vm->vtpm->up)
		ipc_send(vm->vtpm->sock, IPC_TPM_QUOTE, quote, sizeof(*quote));
}

int vtpm_start(struct host *host)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/vtpm", host->conf->state_dir);
	/* Others pass, to their own folder within; what is in it is readable by root alone. */
	if (mkdir(path, 0711) < 0 && errno != EEXIST) {
		log_warn("%s", path);
		return -1;
	}
	return nodes_start(host->base, on_frontend, host);
}

json_t *vtpm_view(const struct vm *vm)
{
	const struct vtpm *tpm = vm->vtpm;
	const struct ipc_tpm_ready *r = tpm ? &tpm->ready : NULL;

	if (!tpm)
		return json_null();
	if (!tpm->up)
		return json_pack("{s:s}", "state", "down");
	return json_pack("{s:s,s:b,s:I,s:s,s:s,s:s,s:s}", "state",
			 tpm->serving ? "serving" : "waiting for the guest", "measured",
			 (int)r->measured, "resets", (json_int_t)r->reset_count, "kernel",
			 r->kernel, "ramdisk", r->ramdisk, "cmdline", r->cmdline, "config",
			 r->config);
}
