/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/maker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "attest/attest.h"
#include "common/spawn.h"
#include "vm/account.h"
#include "vm/vm.h"

struct maker {
	struct vm *vm;
	pid_t pid;
	int sock;
	struct event *event;
	struct event *timer;
};

static void on_message(struct maker *m, uint32_t type, const void *data, ssize_t len)
{
	const struct ipc_text *text = data;

	if (type == IPC_LISTED && len == (ssize_t)sizeof(struct ipc_listed))
		evidence_listed(m->vm, data);
	else if (type == IPC_WRITTEN && len == (ssize_t)sizeof(struct ipc_written))
		evidence_written(m->vm, ((const struct ipc_written *)data)->len);
	else if (type == IPC_FAILED && len == (ssize_t)sizeof(*text) &&
		 ipc_text_ok(text->text, sizeof(text->text)))
		evidence_failed(m->vm, text->text);
	else
		evidence_failed(m->vm, "the evidence process failed");
}

/* One message a turn: the maker may be gone after it. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	struct maker *m = arg;
	uint32_t type = 0;
	ssize_t n = ipc_recv(fd, &type, data);

	(void)what;
	if (n >= 0)
		on_message(m, type, data, n);
	else if (errno != EAGAIN)
		evidence_failed(m->vm, "the evidence process died");
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	const struct maker *m = arg;

	(void)fd;
	(void)what;
	evidence_again(m->vm);
}

static pid_t spawn(struct vm *vm, int list, int file, int *sock)
{
	char uid[ACCOUNT_TEXT], gid[ACCOUNT_TEXT];
	const char *argv[] = {"-r", "evidence", uid, gid, vm->host->conf->chroot_dir, NULL};

	return account_args(vm, uid, gid) ? spawn_role(argv, list, file, sock) : -1;
}

static int open_list(const struct vm *vm)
{
	char path[4096];

	attest_spool_path(vm, path, sizeof(path));
	return open(path, O_RDONLY | O_CLOEXEC);
}

struct maker *maker_start(struct vm *vm, int file)
{
	struct maker *m = calloc(1, sizeof(*m));
	int list = open_list(vm);

	if (m)
		m->vm = vm;
	if (m && list >= 0)
		m->pid = spawn(vm, list, file, &m->sock);
	if (list >= 0)
		close(list);
	if (!m || m->pid <= 0) {
		free(m);
		return NULL;
	}
	m->event = event_new(vm->host->base, m->sock, EV_READ | EV_PERSIST, on_readable, m);
	m->timer = evtimer_new(vm->host->base, on_timer, m);
	if (m->event && m->timer && event_add(m->event, NULL) == 0)
		return m;
	maker_end(m);
	return NULL;
}

void maker_end(struct maker *m)
{
	if (!m)
		return;
	if (m->event)
		event_free(m->event);
	if (m->timer)
		event_free(m->timer);
	close(m->sock);
	kill(m->pid, SIGKILL);
	waitpid(m->pid, NULL, 0);
	free(m);
}

void maker_list(struct maker *m, const struct ipc_list *pcrs)
{
	ipc_send(m->sock, IPC_LIST, pcrs, sizeof(*pcrs));
}

void maker_later(struct maker *m, int ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	if (evtimer_add(m->timer, &tv) < 0)
		evidence_failed(m->vm, "no memory for a timer");
}

int maker_write(struct maker *m, const struct bundle *parts)
{
	struct ipc_part part = {0};

	for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
		if (i == BUNDLE_IMA)
			continue;
		if (parts->part[i].len > sizeof(part.data))
			return -1;
		part.part = i;
		part.len = (uint32_t)parts->part[i].len;
		if (part.len)
			memcpy(part.data, parts->part[i].data, part.len);
		if (ipc_send(m->sock, IPC_PART, &part, offsetof(struct ipc_part, data) + part.len) <
		    0)
			return -1;
	}
	return ipc_send(m->sock, IPC_WRITE, NULL, 0);
}
