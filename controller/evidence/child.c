/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/child.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "evidence/bundle.h"
#include "evidence/list.h"

#define CHILD_ARGS     3
#define CHILD_MEMORY   (32UL << 20) /* parts are small, and files are read in pieces */
#define CHILD_NICENESS 5

static struct bundle bundle;
static struct ipc_listed listed;

/* Return: 0; else an exit status. */
static int on_list(const struct ipc_list *pcr)
{
	const char *why;

	if (list_read(IPC_FD_A, pcr, &listed, &why) < 0)
		return ipc_fail(why);
	ipc_send(IPC_FD, IPC_LISTED, &listed, sizeof(listed));
	return 0;
}

static int on_part(const struct ipc_part *part, size_t size)
{
	if (part->part >= BUNDLE_PARTS || part->len != size - offsetof(struct ipc_part, data))
		return ipc_fail("a part of it is not as it should be");
	bundle_set(&bundle, (enum bundle_part)part->part, part->data, part->len);
	return 0;
}

static int on_write(void)
{
	struct ipc_written out;
	int64_t len = bundle_write(&bundle, IPC_FD_A, listed.len, listed.sum, IPC_FD_B);

	if (len < 0)
		return ipc_fail(
			"it can't be written: the list has begun anew, or the disk is full");
	out.len = (uint64_t)len;
	ipc_send(IPC_FD, IPC_WRITTEN, &out, sizeof(out));
	return 0;
}

int evidence_serve(void)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	int rc = 0;

	while (!rc) {
		uint32_t type;
		ssize_t n = ipc_recv(IPC_FD, &type, data);

		if (n < 0)
			break;
		if (type == IPC_LIST && n == (ssize_t)sizeof(struct ipc_list))
			rc = on_list((const struct ipc_list *)data);
		else if (type == IPC_PART && n >= (ssize_t)offsetof(struct ipc_part, data))
			rc = on_part((const struct ipc_part *)data, (size_t)n);
		else if (type == IPC_WRITE)
			rc = on_write();
	}
	bundle_free(&bundle);
	return rc;
}

/* What libraries read files for, they do before there are none. */
static void warm_up(void)
{
	static const struct ipc_list nothing;
	struct ipc_listed none;
	const char *why;

	list_read(-1, &nothing, &none, &why);
}

int evidence_child(int argc, char **argv)
{
	struct sandbox box = {.file_size = BUNDLE_MAX, .niceness = CHILD_NICENESS};

	if (argc != CHILD_ARGS || atoi(argv[0]) <= 0 || atoi(argv[1]) <= 0)
		fatalx("evidence: wrong arguments");
	box.uid = (uid_t)atoi(argv[0]);
	box.gid = (gid_t)atoi(argv[1]);
	box.root = argv[2];
	warm_up();
	box.memory = sandbox_memory(CHILD_MEMORY);
	sandbox_enter(&box);
	return evidence_serve();
}
