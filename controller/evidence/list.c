/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/list.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attest/replay.h"
#include "attest/verify.h"
#include "uapi/lazaret.h"
#include "vtpm/tpm.h"

#define BUFFER_SIZE (4 * LZ_RECORD_MAX) /* at least the longest record, and reads are few */

struct reading {
	int fd;
	const struct ipc_list *pcr;
	struct ipc_listed *out;
	struct replay *replay;
	EVP_MD_CTX *sum;
	const char *why;
	uint8_t *buffer;
	size_t used;
};

static void compare(struct reading *r)
{
	bool same = true;

	for (size_t b = 0; b < TPM_BANKS; b++)
		same = same && !memcmp(replay_pcr(r->replay, b, VERIFY_PCR), r->pcr->pcr[b],
				       tpm_bank_size[b]);
	r->out->explains |= same;
}

/* Takes the whole records at the buffer's start. Return: bytes of them, or -1. */
static ssize_t take_records(struct reading *r)
{
	size_t at = 0;

	for (;;) {
		struct ima_record rec;
		enum record_status status =
			record_parse(r->buffer + at, r->used - at, &rec, &r->why);

		if (status == RECORD_SHORT)
			return (ssize_t)at;
		r->why = "its list holds what is no record";
		if (status != RECORD_OK || replay_extend(r->replay, &rec) == REPLAY_ERROR)
			return -1;
		compare(r);
		at += rec.size;
	}
}

/* Return: 1; 0 at the end; -1. */
static int read_more(struct reading *r)
{
	off_t at = (off_t)(r->out->len + r->used);
	ssize_t n = pread(r->fd, r->buffer + r->used, BUFFER_SIZE - r->used, at), taken;

	r->why = "its list can't be read";
	if (n <= 0)
		return (int)n;
	r->used += (size_t)n;
	taken = take_records(r);
	if (taken < 0 || EVP_DigestUpdate(r->sum, r->buffer, (size_t)taken) != 1)
		return -1;
	r->used -= (size_t)taken;
	memmove(r->buffer, r->buffer + taken, r->used);
	r->out->len += (uint64_t)taken;
	return 1;
}

static int read_all(struct reading *r)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	int more;

	if (!r->replay || !r->sum || EVP_DigestInit_ex(r->sum, EVP_sha256(), NULL) != 1)
		return -1;
	compare(r);
	while ((more = read_more(r)) > 0)
		;
	if (more < 0 || EVP_DigestFinal_ex(r->sum, sum, NULL) != 1)
		return -1;
	memcpy(r->out->sum, sum, sizeof(r->out->sum));
	r->why = "its list is not kept: it was too long, or the disk was full";
	return r->out->len ? 0 : -1;
}

int list_read(int fd, const struct ipc_list *pcr, struct ipc_listed *out, const char **why)
{
	static uint8_t buffer[BUFFER_SIZE];
	struct reading r = {.fd = fd,
			    .pcr = pcr,
			    .out = out,
			    .replay = replay_new(TPM_BANK_NAMES),
			    .sum = EVP_MD_CTX_new(),
			    .why = "no memory for its list",
			    .buffer = buffer};
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_all(&r);
	replay_free(r.replay);
	EVP_MD_CTX_free(r.sum);
	*why = r.why;
	return rc;
}
