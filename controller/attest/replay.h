/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the PCRs of a TPM must be after a log: every bank, computed record by record. */
#ifndef LAZARET_REPLAY_H
#define LAZARET_REPLAY_H

#include "attest/alg.h"
#include "attest/record.h"

/* Banks in one replay, at most. */
#define REPLAY_BANKS_MAX 5

/* Banks if nobody asks for others: what swtpm has and IMA's own hash. */
#define REPLAY_DEFAULT_BANKS "sha1,sha256"

/* Bytes of what is hashed of an «ima» record: digest, name padded to 256 (kernel: ima_crypto.c). */
#define REPLAY_BARE_SIZE (IMA_TEMPLATE_HASH_SIZE + 256)

struct replay;

/** struct replay_step - a record between replay_begin() and replay_finish(); nothing to be freed */
struct replay_step {
	const uint8_t *data;
	size_t len;
	uint8_t sha1[IMA_TEMPLATE_HASH_SIZE];
	uint8_t padded[REPLAY_BARE_SIZE];
};

enum replay_status {
	REPLAY_OK = 0,
	REPLAY_VIOLATION, /* all ones were extended, as the kernel does */
	REPLAY_MISMATCH, /* the template hash is not the one of the data */
	REPLAY_ERROR, /* OpenSSL failed: the PCRs are worth nothing from here on */
};

/**
 * replay_new() - PCRs of a TPM just started
 * @banks:	names of algorithms, comma-separated, such as REPLAY_DEFAULT_BANKS
 *
 * All that is ever allocated is allocated here.
 *
 * Return: to be freed with replay_free(); NULL if a name is not known to us or to
 * OpenSSL, is there twice, or memory ran out.
 */
struct replay *replay_new(const char *banks);

/** replay_free() - NULL is fine */
void replay_free(struct replay *r);

/** replay_reset() - a new boot: all PCRs zero, no records */
void replay_reset(struct replay *r);

/**
 * replay_extend() - check a record's template hash and extend its PCR in each bank
 * @rec:	from record_parse()
 *
 * As the kernel does it (ima_crypto.c, ima_calc_field_array_hash; ima_queue.c,
 * ima_pcr_extend): the digest of each bank is that of the template data in the
 * bank's own algorithm; «ima» pads the name to 256 bytes; a violation extends 0xff.
 * On a mismatch the digest of the data is extended, so that the replay stays that
 * of the data seen.
 *
 * Return: enum replay_status.
 */
enum replay_status replay_extend(struct replay *r, const struct ima_record *rec);

/**
 * replay_begin(), replay_finish() - replay_extend() in two halves
 * @step:	from one to the other; @rec and it stay where they are
 *
 * The first computes the template hash and extends half of the banks, the second does the rest. Who
 * has asked memory for something lets them work while it is on its way.
 *
 * Return: 0, -1 if OpenSSL failed; enum replay_status.
 */
int replay_begin(struct replay *r, const struct ima_record *rec, struct replay_step *step);
enum replay_status replay_finish(struct replay *r, const struct ima_record *rec,
				 const struct replay_step *step);

/** replay_records() - records extended since the start or the last reset */
uint64_t replay_records(const struct replay *r);

/** replay_banks() - number of banks */
size_t replay_banks(const struct replay *r);

/** replay_bank() - algorithm of bank @i, in the order given to replay_new() */
const struct alg *replay_bank(const struct replay *r, size_t i);

/**
 * replay_pcr() - value of a PCR
 * @i:		bank, below replay_banks()
 * @pcr:	below IMA_PCR_COUNT
 *
 * Return: replay_bank(r, i)->size bytes, owned by @r, changing with it; NULL if
 * @i or @pcr is out of range.
 */
const uint8_t *replay_pcr(const struct replay *r, size_t i, uint32_t pcr);

#endif
