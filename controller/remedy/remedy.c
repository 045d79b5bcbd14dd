/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's side of children that do a step's work; the step that rolls a disk back. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/spawn.h"
#include "remedy/remedy.h"
#include "remedy/rollback.h"
#include "vm/account.h"

static void end_child(struct tx *tx)
{
	event_free(tx->event);
	tx->event = NULL;
	close(tx->sock);
	kill(tx->child, SIGKILL);
	waitpid(tx->child, NULL, 0);
	tx->child = 0;
}

#define TEXT_OK(field) ipc_text_ok((field), sizeof(field))

static bool finding_ok(const struct ipc_finding *f)
{
	return TEXT_OK(f->class) && TEXT_OK(f->rule) && TEXT_OK(f->path) && TEXT_OK(f->found) &&
	       TEXT_OK(f->expected) && TEXT_OK(f->expected_version) && TEXT_OK(f->reason);
}

/* Each end of the child runs the step again; «note» holds its last word. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	const struct ipc_progress *progress = (const void *)data;
	struct tx *tx = arg;
	uint32_t type = 0;
	ssize_t n = ipc_recv(fd, &type, data);

	(void)what;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n == sizeof(*progress) && type == IPC_PROGRESS) {
		tx_progress(tx, progress->done, progress->total);
		return;
	}
	if (n == sizeof(struct ipc_finding) && type == IPC_FINDING && tx->heard &&
	    finding_ok((const void *)data)) {
		tx->heard(tx, (const void *)data);
		return;
	}
	end_child(tx);
	if (n == sizeof(*progress) && type == IPC_DONE) {
		snprintf(tx->note, sizeof(tx->note), "%" PRIu64 " KiB rewritten",
			 progress->done >> 10);
		tx_op_done(tx, 0, 0);
		return;
	}
	if (n == sizeof(struct ipc_text) && type == IPC_FAILED &&
	    ipc_text_ok((const char *)data, sizeof(struct ipc_text)))
		snprintf(tx->note, sizeof(tx->note), "%.200s", (const char *)data);
	else
		snprintf(tx->note, sizeof(tx->note), "the remedy process died");
	tx_op_done(tx, -1, 0);
}

int remedy_spawn(struct tx *tx, const char *const argv[], int fd_a, int fd_b)
{
	tx->child = spawn_role(argv, fd_a, fd_b, &tx->sock);
	if (tx->child < 0) {
		tx->child = 0;
		return tx_fail(tx, "can't start a process: %s", strerror(errno));
	}
	tx->event = event_new(tx->vm->host->base, tx->sock, EV_READ | EV_PERSIST, on_readable, tx);
	if (!tx->event || event_add(tx->event, NULL) < 0)
		fatalx("no memory for an event");
	return TX_WAIT;
}

static int start_child(struct tx *tx, int image, int disk)
{
	char uid[ACCOUNT_TEXT], gid[ACCOUNT_TEXT];
	const char *argv[] = {"-r", "remedy", uid, gid, tx->vm->host->conf->chroot_dir, NULL};

	return account_args(tx->vm, uid, gid) ? remedy_spawn(tx, argv, image, disk)
					      : tx_fail(tx, ACCOUNT_NONE);
}

int rollback_step(struct tx *tx)
{
	const struct conf_vm *conf = tx->vm->conf;
	const char *path = ts_config_disk(tx->vm->row.plan, conf->disk);
	int image, disk, rc;

	if (tx->tries)
		return tx->op_rc ? tx_fail(tx, "%s", tx->note)
				 : tx_ok(tx, "%s is %s again, %s", path, conf->golden_image,
					 tx->note);
	if (!conf->golden_image || !path)
		return tx_fail(tx, "no golden-image is set, or the VM has no raw disk %s",
			       conf->disk);
	image = open(conf->golden_image, O_RDONLY | O_CLOEXEC);
	disk = open(path, O_RDWR | O_CLOEXEC | O_EXCL);
	if (image < 0 || disk < 0)
		rc = tx_fail(tx, "%s: %s", image < 0 ? conf->golden_image : path, strerror(errno));
	else
		rc = start_child(tx, image, disk);
	if (image >= 0)
		close(image);
	if (disk >= 0)
		close(disk);
	return rc;
}
