/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commit before execute: where IMA found no TPM when it started, we extend
 * each of its records into the TPM that came later, in the order of the list,
 * before the task that caused it goes on.
 */
#ifndef LZ_COMMIT_H
#define LZ_COMMIT_H

#include <linux/types.h>
#include <uapi/lazaret.h>

struct tpm_chip;

/**
 * struct lz_commit_stats - for the status file and for dom0
 * @state:	where we are
 * @policy:	what becomes of who waits in vain
 * @extended:	index of the next record to extend
 * @late:	records that were extended, or will never be, after what they
 *		measure was used
 * @errors:	extends that failed or whose answer was lost, and were looked into
 * @banks:	number of banks that are extended
 */
struct lz_commit_stats {
	enum lz_commit_state state;
	enum lz_commit_policy policy;
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
 *
 * Return: 0, or a negative errno, after which it may be tried again.
 */
int lz_commit_start(struct tpm_chip *chip);

/**
 * lz_commit_tpm() - dom0 has taken the TPM away in order, or given it (again)
 */
void lz_commit_tpm(bool there);

/**
 * lz_commit_take_over() - the TPM did not take an extend of IMA's own
 *
 * IMA does not try again: without us, PCR 10 would never again be what the list
 * says.  So from now on we extend, from where the TPM stands, as if IMA had
 * found no TPM; lz_commit_start() begins with it.  Any context; without effect
 * if IMA does not extend.
 */
void lz_commit_take_over(void);

/**
 * lz_commit_by_ima() - does IMA extend by itself?
 *
 * Built in, it may do so before that is known.
 */
bool lz_commit_by_ima(void);

/**
 * lz_commit_took_over() - is what IMA itself extends left to us?
 */
bool lz_commit_took_over(void);

/**
 * lz_commit_holds() - is the TPM waited for without end?
 *
 * With commit=strict, unless dom0 took it away long ago.
 */
bool lz_commit_holds(void);

/**
 * lz_commit_wait() - hold this task until the records found so far are committed
 *
 * In the measuring task.  Bounded with commit=lenient.  With commit=strict
 * nothing ends it early, not even a fatal signal: what a signal ends is the
 * task's return to user space, and a module that it loads would start before
 * that.  Only if dom0 itself took the TPM away, it is bounded too.
 *
 * When nothing is extended any more (LZ_COMMIT_INCONSISTENT), nobody is held:
 * dom0 is told, and knows from the TPM.
 */
void lz_commit_wait(void);

/**
 * lz_commit_missed() - the records found so far were not waited for
 */
void lz_commit_missed(void);

/**
 * lz_commit_kick() - there may be records to extend; any context
 */
void lz_commit_kick(void);

/**
 * lz_commit_tamper() - somebody tampers with us: say so in PCR 10, for good
 */
void lz_commit_tamper(void);

/**
 * lz_commit_stats() - a snapshot
 */
void lz_commit_stats(struct lz_commit_stats *stats);

/*
 * For the task that extends.
 */

/**
 * lz_commit_state() - where we are, as the task said last
 */
enum lz_commit_state lz_commit_state(void);

/**
 * lz_commit_set_state() - say where we are
 */
void lz_commit_set_state(enum lz_commit_state state);

/**
 * lz_commit_extended() - index of the next record to extend
 */
u64 lz_commit_extended(void);

/**
 * lz_commit_done() - the record with that index is in the TPM, and all before it
 */
void lz_commit_done(u64 index);

/**
 * lz_commit_restart() - from now on tasks are held; what is in the list was not waited for
 * @extended:	index of the next record to extend
 */
void lz_commit_restart(u64 extended);

#endif /* LZ_COMMIT_H */
