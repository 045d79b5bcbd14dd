/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/attest.h"
#include "attest/verify.h"
#include "common/hex.h"
#include "common/timefmt.h"
#include "evidence/maker.h"
#include "evidence/parts.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

#define IDLE_MS	   20000 /* an asker who does not come back for that long is not waited for */
#define EXPLAIN_MS 20000 /* the list has to explain the quote within */
#define AGAIN_MS   250

/*
 * Steps: a quote is asked for; it comes, and the list is written down; the child looks whether the
 * list explains it, if not, again; parts and sums go to the child, and it writes the archive.
 */
struct evidence {
	struct vm *vm;
	uint8_t nonce[IPC_NONCE_SIZE];
	char failed[IPC_TEXT]; /* why it can't be made; "": it can */
	bool over; /* read to its end */
	bool quoted;
	int64_t quoted_ms;
	int64_t used_ms; /* when somebody asked for it last */
	struct bundle parts;
	struct ipc_list pcrs; /* that the list must lead to */
	struct maker *maker;
	int file; /* the archive, which has no name; -1: none */
	size_t len; /* 0: it is not written yet */
};

void evidence_forget(struct vm *vm)
{
	struct evidence *e = vm->evidence;

	if (!e)
		return;
	vm->evidence = NULL;
	maker_end(e->maker);
	bundle_free(&e->parts);
	if (e->file >= 0)
		close(e->file);
	free(e);
}

static void fail(struct evidence *e, const char *why)
{
	snprintf(e->failed, sizeof(e->failed), "%s", why);
	maker_end(e->maker);
	e->maker = NULL;
}

static bool is_busy(const struct evidence *e)
{
	return e && !e->failed[0] && !e->over && time_mono_ms() - e->used_ms < IDLE_MS;
}

int evidence_ask(struct vm *vm, const uint8_t *nonce, const char **why)
{
	struct evidence *e = is_busy(vm->evidence) ? NULL : calloc(1, sizeof(*e));
	struct ipc_tpm_quote quote;

	*why = "evidence is being made for somebody else: try again in a moment";
	if (!e)
		return -1;
	evidence_forget(vm);
	e->vm = vm;
	e->file = -1;
	e->used_ms = time_mono_ms();
	memcpy(e->nonce, nonce, sizeof(e->nonce));
	memcpy(quote.nonce, nonce, sizeof(quote.nonce));
	vm->evidence = e;
	vtpm_quote(vm, &quote);
	return 0;
}

/* No name, and gone with the last who has it open. */
static int open_file(const struct vm *vm)
{
	const char *dir = vm->host->conf->state_dir;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[4096];

	if (fd >= 0 || errno != EOPNOTSUPP)
		return fd;
	snprintf(path, sizeof(path), "%s/evidence.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static void write_list_down(struct evidence *e)
{
	if (attest_flush(e->vm) < 0)
		fail(e, "its guest has no channel, so that its list is not known");
}

static void start(struct evidence *e, const struct ipc_tpm_quoted *q)
{
	const char *why = parts_fill(&e->parts, e->vm, q);

	for (int b = 0; b < IPC_BANKS; b++)
		memcpy(e->pcrs.pcr[b], q->pcr[b][VERIFY_PCR], sizeof(e->pcrs.pcr[b]));
	if (!why)
		e->file = open_file(e->vm);
	if (!why && e->file < 0)
		why = "there is no room for it below state-dir";
	if (!why)
		e->maker = maker_start(e->vm, e->file);
	if (!why && !e->maker)
		why = "no process could be started";
	if (why)
		fail(e, why);
	else
		write_list_down(e);
}

bool evidence_quoted(struct vm *vm, const struct ipc_tpm_quoted *quoted)
{
	struct evidence *e = vm->evidence;

	if (!e || e->quoted || e->failed[0] || memcmp(e->nonce, quoted->nonce, sizeof(e->nonce)))
		return false;
	e->quoted = true;
	e->quoted_ms = time_mono_ms();
	start(e, quoted);
	return true;
}

void evidence_flushed(struct vm *vm, bool kept)
{
	struct evidence *e = vm->evidence;

	if (!e || !e->maker || e->len)
		return;
	if (kept)
		maker_list(e->maker, &e->pcrs);
	else
		fail(e, "its list is not kept: it was too long, or the disk was full");
}

void evidence_listed(struct vm *vm, const struct ipc_listed *listed)
{
	struct evidence *e = vm->evidence;
	const char *why;

	if (!listed->explains && time_mono_ms() - e->quoted_ms > EXPLAIN_MS) {
		fail(e, "its list does not explain PCR 10: see «lazaretctl show»");
		return;
	}
	if (!listed->explains) {
		maker_later(e->maker, AGAIN_MS);
		return;
	}
	why = parts_seal(&e->parts, vm, listed->sum);
	if (!why && maker_write(e->maker, &e->parts) < 0)
		why = "a part of it is too large";
	if (why)
		fail(e, why);
}

void evidence_again(struct vm *vm)
{
	write_list_down(vm->evidence);
}

void evidence_written(struct vm *vm, uint64_t len)
{
	struct evidence *e = vm->evidence;

	maker_end(e->maker);
	e->maker = NULL;
	e->len = len;
}

void evidence_failed(struct vm *vm, const char *why)
{
	fail(vm->evidence, why);
}

static json_t *piece(struct evidence *e, size_t at, const char **why)
{
	static uint8_t data[EVIDENCE_PIECE];
	static char hex[2 * EVIDENCE_PIECE + 1];
	size_t left = at < e->len ? e->len - at : 0;
	size_t n = left < sizeof(data) ? left : sizeof(data);

	*why = "it can't be read";
	if (n && pread(e->file, data, n, (off_t)at) != (ssize_t)n)
		return NULL;
	e->over = !n;
	hex_encode(hex, data, n);
	return json_pack("{s:b,s:I,s:s}", "ready", 1, "size", (json_int_t)e->len, "data", hex);
}

json_t *evidence_read(struct vm *vm, size_t at, const char **why)
{
	struct evidence *e = vm->evidence;

	*why = !e ? "no evidence was asked for" : e->failed[0] ? e->failed : NULL;
	if (*why)
		return NULL;
	e->used_ms = time_mono_ms();
	return e->len ? piece(e, at, why) : json_pack("{s:b}", "ready", 0);
}
