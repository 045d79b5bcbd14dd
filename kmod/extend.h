/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The task that extends: it alone sends our commands to the TPM, and knows
 * where in IMA's list it is and what the PCRs must be there.
 */
#ifndef LZ_EXTEND_H
#define LZ_EXTEND_H

#include <linux/types.h>

struct tpm_chip;

/**
 * lz_extend_init() - make the task
 *
 * Return: 0 or a negative errno.
 */
int lz_extend_init(void);

/**
 * lz_extend_exit() - undo it, before lz_extend_prepare()
 */
void lz_extend_exit(void);

/**
 * lz_extend_prepare() - get ready for a chip; nothing is extended yet
 * @chip:	stays for ever
 *
 * Without effect once it is done.  Process context that may load modules.
 *
 * Return: 0 or a negative errno, after which it may be tried again.
 */
int lz_extend_prepare(struct tpm_chip *chip);

/**
 * lz_extend_is_ready() - is that done?
 */
bool lz_extend_is_ready(void);

/**
 * lz_extend_kick() - there may be something to do; any context
 */
void lz_extend_kick(void);

/**
 * lz_extend_is_current() - are we this task, for which nobody may wait?
 */
bool lz_extend_is_current(void);

/**
 * lz_extend_spoil() - make PCR 10 what no list explains, and stop extending
 *
 * Waits for it, but not for ever; it is tried on after that.
 */
void lz_extend_spoil(void);

/**
 * lz_extend_errors() - extends that failed or whose answer was lost, and were looked into
 */
u64 lz_extend_errors(void);

/**
 * lz_extend_banks() - number of banks that are extended, 0 before lz_extend_prepare()
 */
u32 lz_extend_banks(void);

#endif /* LZ_EXTEND_H */
