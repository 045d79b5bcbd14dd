/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commit before execute: where IMA found no TPM when it started, we extend
 * each of its records into the TPM that came later, in the order of the list,
 * before the task that caused it goes on.
 */
#ifndef LZ_COMMIT_H
#define LZ_COMMIT_H

#include <linux/types.h>

struct tpm_chip;

/**
 * struct lz_commit_stats - for the status file and for dom0
 * @state:	«off», «native», «waiting», «running» or «inconsistent»
 * @policy:	«strict» or «lenient»
 * @extended:	index of the next record to extend
 * @late:	records that were extended after what they measure was used
 * @errors:	extends that failed or whose answer was lost, and were looked into
 * @banks:	number of banks that are extended
 */
struct lz_commit_stats {
	const char *state;
	const char *policy;
	u64 extended;
	u64 late;
	u64 errors;
	u32 banks;
};

/**
 * lz_commit_init() - make the task that extends
 *
 * Return: 0 or a negative errno.
 */
int lz_commit_init(void);

/**
 * lz_commit_exit() - undo it, before lz_commit_start()
 */
void lz_commit_exit(void);

/**
 * lz_commit_start() - a chip is there to be extended; or is there again
 * @chip:	stays for ever
 *
 * Process context that may load modules.
 */
void lz_commit_start(struct tpm_chip *chip);

/**
 * lz_commit_wait() - hold this task until the records found so far are committed
 *
 * In the measuring task.  Bounded with commit=lenient; with commit=strict only
 * a fatal signal ends it early.
 */
void lz_commit_wait(void);

/**
 * lz_commit_kick() - there may be records to extend; any context
 */
void lz_commit_kick(void);

/**
 * lz_commit_stats() - a snapshot
 */
void lz_commit_stats(struct lz_commit_stats *stats);

#endif /* LZ_COMMIT_H */
