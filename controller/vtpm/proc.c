/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The child of a VM's TPM: started, told what it needs, ended, and started again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "acm/incarnation.h"
#include "acm/giveback.h"
#include "common/log.h"
#include "common/spawn.h"
#include "common/timefmt.h"
#include "vtpm/ending.h"
#include "vtpm/hold.h"
#include "vtpm/inside.h"
#include "vtpm/spec.h"

#define CONFIG_MS	  50
#define CONFIG_LIMIT_MS	  60000 /* a toolstack that creates a domain may wait for its devices */
#define RETRY_MIN_MS	  500
#define RETRY_SHIFT_MAX	  8 /* so that it is two minutes at most */
#define SERVED_LONG_MS	  60000 /* what comes after this is no consequence of what was before */
#define MESSAGES_PER_TURN 16

/* Its TPM ends in order by itself; until then no other child gets its state. */
void vtpm_end_child(struct vtpm *tpm)
{
	if (!tpm->pid)
		return;
	event_free(tpm->event);
	close(tpm->sock);
	ending_add(tpm->pid, tpm->vm->row.uuid);
	tpm->pid = 0;
	tpm->up = tpm->serving = false;
}

/* Not at once, and less and less often: a guest can bring about most of what leads here. */
void vtpm_retry_later(struct vtpm *tpm)
{
	int64_t now = time_mono_ms();

	if (tpm->serving_ms && now - tpm->serving_ms > SERVED_LONG_MS) {
		tpm->failures = 0;
		tpm->told[0] = '\0';
	}
	tpm->serving_ms = 0;
	tpm->retry_ms =
		now + ((int64_t)RETRY_MIN_MS
		       << (tpm->failures < RETRY_SHIFT_MAX ? tpm->failures : RETRY_SHIFT_MAX));
	tpm->failures++;
}

/* The journal gets it when it is news. */
void vtpm_tell(struct vtpm *tpm, bool news, json_t *data)
{
	if (news)
		host_event(tpm->vm->host, tpm->vm, "tpm", "vtpm", data);
	else
		host_tell(tpm->vm->host, tpm->vm, "tpm", data);
}

/* A VM must not wait for ever for a TPM that can't be had: it starts without, and is unknown. */
void vtpm_failed(struct vtpm *tpm, const char *why)
{
	bool news;

	vtpm_end_child(tpm);
	vtpm_retry_later(tpm);
	news = strcmp(tpm->told, why) != 0;
	snprintf(tpm->told, sizeof(tpm->told), "%s", why);
	vtpm_tell(tpm, news, json_pack("{s:s,s:s}", "what", "failed", "reason", why));
	hold_release(tpm);
	vm_on_tpm_lost(tpm->vm, tpm->told);
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
		if (n < 0 || !vtpm_on_message(tpm, type, data, n)) {
			vtpm_failed(tpm, "the vtpm process died");
			return;
		}
	}
}

static void spawn(struct vtpm *tpm, const json_t *config)
{
	static const char *const argv[] = {"-r", "vtpm", NULL};
	struct ipc_tpm_spec spec = {0};
	struct account account;

	if (!account_of(tpm->vm, &account)) {
		vtpm_failed(tpm, ACCOUNT_NONE);
		return;
	}
	if (spec_fill(&spec, tpm->vm, &account, tpm->domid, config) < 0) {
		vtpm_failed(tpm, "a text of its configuration is too long");
		return;
	}
	tpm->incarnation = incarnation_get(tpm->vm->host->ts, tpm->domid);
	if (tpm->incarnation < INCARNATION_STARTED) {
		vtpm_failed(tpm, "Xen does not tell whether it was started or restored");
		return;
	}
	spec.incarnation = (uint32_t)tpm->incarnation;
	spec.measure = spec.measure && tpm->measure && tpm->incarnation == INCARNATION_STARTED;
	tpm->pid = spawn_role(argv, -1, -1, &tpm->sock);
	if (tpm->pid < 0) {
		tpm->pid = 0;
		vtpm_failed(tpm, "no process could be started");
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
	vtpm_start_child(tpm);
}

static void wait_a_moment(struct vtpm *tpm)
{
	static const struct timeval tv = {0, CONFIG_MS * 1000};

	if (time_mono_ms() - tpm->config_ms > CONFIG_LIMIT_MS) {
		vtpm_failed(tpm, "its configuration can't be read");
		return;
	}
	tpm->timer = evtimer_new(tpm->vm->host->base, on_timer, tpm);
	if (!tpm->timer || evtimer_add(tpm->timer, &tv) < 0)
		fatalx("no memory for a timer");
}

/*
 * The toolstack writes the configuration down when the domain is made, just before it starts. The
 * TPM's state may still be in use by the child of the domain before.
 */
void vtpm_start_child(struct vtpm *tpm)
{
	json_t *config =
		ending_of(tpm->vm->row.uuid) ? NULL : ts_config(tpm->vm->host->ts, tpm->domid);

	if (config) {
		giveback_complete(tpm->vm, config);
		spawn(tpm, config);
	} else {
		wait_a_moment(tpm);
	}
	json_decref(config);
}
