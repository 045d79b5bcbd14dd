/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TPM's PCRs, and what they must be by what we have extended.
 *
 * Each time that dom0 says it serves the ring is a session.  It may be another
 * TPM each time, so what is sent here is bound to the session that was joined
 * last; the ring does not let it through in another.
 *
 * Locking: none.  All of it belongs to the task that extends, but where it says
 * otherwise.
 */
#ifndef LZ_PCRS_H
#define LZ_PCRS_H

#include <linux/types.h>

#include "bank.h"

struct tpm_chip;

/* The one that IMA's records are extended into, unless its policy says otherwise. */
#define LZ_IMA_PCR 10
#define LZ_PCRS	   24

enum lz_outcome {
	LZ_COMMITTED, /* it is in the TPM */
	LZ_MOVED, /* the session ended: whether it happened will be seen in the next */
	LZ_FAILED, /* nothing can be extended any more; it was told why */
};

/**
 * lz_pcrs_init() - get ready for a chip, once
 * @chip:	stays for ever
 *
 * Process context that may load modules.  Before the task uses anything here.
 *
 * Return: 0 or a negative errno, after which it may be tried again.
 */
int lz_pcrs_init(struct tpm_chip *chip);

/**
 * lz_pcrs_banks() - number of banks; from anywhere, after lz_pcrs_init()
 */
u32 lz_pcrs_banks(void);

/**
 * lz_pcrs_errors() - extends that failed or whose answer was lost, and were
 *		      looked into; from anywhere
 */
u64 lz_pcrs_errors(void);

/**
 * lz_pcrs_moved() - has another session begun than that which was joined?
 */
bool lz_pcrs_moved(void);

/**
 * lz_pcrs_join() - join the session that is
 */
void lz_pcrs_join(void);

/**
 * lz_pcrs_read() - read a PCR of the first bank
 * @out:	LZ_DIGEST_MAX bytes
 *
 * A TPM that does not answer now will later.
 *
 * Return: false if the session ended.
 */
bool lz_pcrs_read(u32 pcr, u8 *out);

/**
 * lz_pcrs_is() - is that what the PCR must be?
 */
bool lz_pcrs_is(u32 pcr, const u8 *value);

/**
 * lz_pcrs_is_zero() - is it the value of a PCR that was never extended?
 */
bool lz_pcrs_is_zero(const u8 *value);

/**
 * lz_pcrs_extend() - extend a record, whatever it takes
 */
enum lz_outcome lz_pcrs_extend(const struct lz_fields *record);

/**
 * lz_pcrs_fail() - give up for good, and say why
 *
 * Return: LZ_FAILED.
 */
enum lz_outcome lz_pcrs_fail(const char *why);

/**
 * lz_pcrs_clear() - before a replay: all are zero
 */
void lz_pcrs_clear(void);

/**
 * lz_pcrs_replay() - compute what a record makes of its PCR
 *
 * Return: 0 or a negative errno.
 */
int lz_pcrs_replay(const struct lz_fields *record);

/**
 * lz_pcrs_settle() - after a replay: that one has this value, others will be
 *		      read when they are needed
 */
void lz_pcrs_settle(u32 pcr, const u8 *value);

/**
 * lz_pcrs_spoil() - make PCR 10 what no list explains
 *
 * Return: it was done.
 */
bool lz_pcrs_spoil(void);

#endif /* LZ_PCRS_H */
