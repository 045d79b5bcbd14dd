/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/attest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/spawn.h"
#include "evidence/make.h"
#include "vm/account.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

#define MESSAGES_PER_TURN 64

struct attest {
	struct vm *vm;
	pid_t pid;
	int sock;
	struct event *event;
	char why[IPC_TEXT]; /* the child's last word */
};

/* A report that is not what its type says ends the child: it can't be relied upon any more. */
static bool is_struct(ssize_t len, size_t want)
{
	return len == (ssize_t)want;
}

#define TEXT_OK(field) ipc_text_ok((field), sizeof(field))

static bool hello_ok(const struct ipc_hello *h)
{
	return TEXT_OK(h->boot) && TEXT_OK(h->mode) && TEXT_OK(h->doorbell) && TEXT_OK(h->module) &&
	       TEXT_OK(h->kernel);
}

static bool finding_ok(const struct ipc_finding *f)
{
	return TEXT_OK(f->class) && TEXT_OK(f->rule) && TEXT_OK(f->path) && TEXT_OK(f->found) &&
	       TEXT_OK(f->expected) && TEXT_OK(f->nearest) && TEXT_OK(f->reason) &&
	       TEXT_OK(f->expected_version) && TEXT_OK(f->known_version);
}

static bool proof_ok(const struct ipc_proof *p)
{
	return TEXT_OK(p->sha1) && TEXT_OK(p->sha256) && TEXT_OK(p->doorbell) &&
	       TEXT_OK(p->commit) && TEXT_OK(p->commit_policy);
}

static bool on_doubt(struct vm *vm, const struct ipc_doubt *doubt, ssize_t len)
{
	if (!is_struct(len, sizeof(*doubt)) || !TEXT_OK(doubt->why))
		return false;
	doubt_heard(vm, doubt);
	return true;
}

/* Return: false if the child must go. */
static bool on_message(struct attest *at, uint32_t type, const void *data, ssize_t len)
{
	const struct ipc_text *text = data;

	switch (type) {
	case IPC_READY:
		return true;
	case IPC_HELLO:
		if (!is_struct(len, sizeof(struct ipc_hello)) || !hello_ok(data))
			return false;
		vm_on_hello(at->vm, data);
		return true;
	case IPC_PROGRESS:
		if (!is_struct(len, sizeof(struct ipc_reading)))
			return false;
		vm_on_reading(at->vm, data);
		return true;
	case IPC_FINDING:
		if (!is_struct(len, sizeof(struct ipc_finding)) || !finding_ok(data))
			return false;
		vm_on_finding(at->vm, data);
		return true;
	case IPC_PROOF:
		if (!is_struct(len, sizeof(struct ipc_proof)) || !proof_ok(data))
			return false;
		vm_on_proof(at->vm, data);
		return true;
	case IPC_TAMPER:
		if (!is_struct(len, sizeof(*text)) || !TEXT_OK(text->text))
			return false;
		vm_on_tamper(at->vm, text);
		return true;
	case IPC_HINT:
		if (!is_struct(len, sizeof(*text)) || !TEXT_OK(text->text))
			return false;
		vm_on_hint(at->vm, text);
		return true;
	case IPC_FLUSHED:
		if (!is_struct(len, sizeof(struct ipc_flushed)))
			return false;
		evidence_flushed(at->vm, ((const struct ipc_flushed *)data)->kept);
		return true;
	case IPC_DOUBT:
		return on_doubt(at->vm, data, len);
	case IPC_TPM_QUOTE:
		if (!is_struct(len, sizeof(struct ipc_tpm_quote)))
			return false;
		vtpm_quote(at->vm, data);
		return true;
	case IPC_FAILED:
		if (is_struct(len, sizeof(*text)) && TEXT_OK(text->text))
			memcpy(at->why, text->text, sizeof(at->why));
		return false;
	default:
		return false;
	}
}

static void free_child(struct attest *at)
{
	event_free(at->event);
	close(at->sock);
	kill(at->pid, SIGKILL); /* so that the wait is short, whatever the child was up to */
	waitpid(at->pid, NULL, 0);
	free(at);
}

static void child_ended(struct attest *at)
{
	struct vm *vm = at->vm;
	char why[IPC_TEXT];

	snprintf(why, sizeof(why), "%s", at->why[0] ? at->why : "the attest process died");
	vm->attest = NULL;
	free_child(at);
	vm_on_detached(vm, why);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	struct attest *at = arg;

	(void)what;
	for (int i = 0; i < MESSAGES_PER_TURN; i++) {
		uint32_t type = 0;
		ssize_t n = ipc_recv(fd, &type, data);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 || !on_message(at, type, data, n)) {
			child_ended(at);
			return;
		}
		if (at->vm->attest != at) /* the report led to our end */
			return;
	}
}

void attest_spool_path(const struct vm *vm, char *out, size_t size)
{
	snprintf(out, size, "%s/log/%s.ima", vm->host->conf->state_dir, vm->row.uuid);
}

/* Without it there is no evidence for others, and nothing else is missing. */
static int open_spool(const struct vm *vm)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/log", vm->host->conf->state_dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		log_warn("%s", path);
	attest_spool_path(vm, path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		log_warn("%s", path);
	return fd;
}

static pid_t spawn_attest(struct vm *vm, int spool, int *sock)
{
	char domid[16], uid[ACCOUNT_TEXT], gid[ACCOUNT_TEXT], challenge[16];
	const struct conf_vm *conf = vm->conf;
	const char *argv[] = {"-r",
			      "attest",
			      domid,
			      uid,
			      gid,
			      vm->host->conf->chroot_dir,
			      challenge,
			      conf->policy ? conf->policy : "-",
			      conf->pack ? conf->pack : "-",
			      vm->conf->vtpm ? "tpm" : "-",
			      NULL};

	if (!account_args(vm, uid, gid))
		return -1;
	snprintf(domid, sizeof(domid), "%u", (unsigned int)vm->domid);
	snprintf(challenge, sizeof(challenge), "%u", vm->conf->challenge);
	return spawn_role(argv, spool, -1, sock);
}

void attest_start(struct vm *vm)
{
	struct attest *at;
	int spool;

	if (vm->attest || vm->domid < 0)
		return;
	at = calloc(1, sizeof(*at));
	if (!at)
		return;
	spool = open_spool(vm);
	at->vm = vm;
	at->pid = spawn_attest(vm, spool, &at->sock);
	if (spool >= 0)
		close(spool);
	if (at->pid < 0) {
		log_warn("%s: can't start an attest process", vm->row.name);
		free(at);
		return;
	}
	at->event = event_new(vm->host->base, at->sock, EV_READ | EV_PERSIST, on_readable, at);
	if (!at->event || event_add(at->event, NULL) < 0)
		fatalx("no memory for an event");
	vm->attest = at;
	attest_tpm(vm);
}

void attest_tpm(struct vm *vm)
{
	const struct ipc_tpm_ready *ready = vtpm_ready(vm);

	if (vm->attest && ready)
		ipc_send(vm->attest->sock, IPC_TPM_READY, ready, sizeof(*ready));
}

void attest_quoted(struct vm *vm, const struct ipc_tpm_quoted *quoted)
{
	if (vm->attest)
		ipc_send(vm->attest->sock, IPC_TPM_QUOTED, quoted, sizeof(*quoted));
}

void attest_stop(struct vm *vm)
{
	struct attest *at = vm->attest;

	vm->attest = NULL;
	if (at)
		free_child(at);
}

int attest_flush(struct vm *vm)
{
	return vm->attest ? ipc_send(vm->attest->sock, IPC_FLUSH, NULL, 0) : -1;
}

void attest_challenge(struct vm *vm)
{
	if (vm->attest)
		ipc_send(vm->attest->sock, IPC_CHALLENGE, NULL, 0);
}
