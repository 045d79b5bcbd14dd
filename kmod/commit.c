// SPDX-License-Identifier: GPL-2.0-only
/*
 * One task extends, whoever caused the record, and the tasks that caused them
 * wait for it.  So the order is the list's without a lock around TPM commands,
 * a wait can be bounded although a TPM command cannot be broken off, and no
 * signal leaves a command half done.
 *
 * A record is late if the task that caused it was not held until it was in the
 * TPM: that is known of records below given_up, as soon as they are let go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "commit.h"
#include "doorbell.h"
#include "extend.h"
#include "freezable.h"
#include "tap.h"

#define STRICT_NOTICE (30 * HZ) /* how often a task that is held is told of */
#define GONE_PATIENCE (60 * HZ) /* strict: how long a TPM that was taken away is waited for */
#define WAIT_MS_MAX   600000U

static char *commit = "lenient";
module_param(commit, charp, 0444);
MODULE_PARM_DESC(commit, "when the TPM does not answer: lenient (default: go on) or strict (hold)");

static unsigned int commit_wait_ms = 1000;
module_param(commit_wait_ms, uint, 0444);
MODULE_PARM_DESC(commit_wait_ms, "lenient: how long a task waits for its record's commit");

static struct {
	enum lz_commit_state state;
	bool strict;
	bool took_over; /* IMA did extend by itself, until the TPM failed it */
	unsigned long wait; /* jiffies */
	unsigned long gone_at; /* jiffies when dom0 took the TPM away, 0 if it did not */
	wait_queue_head_t done; /* those who are held wait here */
	atomic64_t extended;
	atomic64_t given_up; /* records below this index were not waited for */
	atomic64_t late; /* of those that are extended */
} lz = {
	.state = LZ_COMMIT_OFF,
	.done = __WAIT_QUEUE_HEAD_INITIALIZER(lz.done),
};

enum lz_commit_state lz_commit_state(void)
{
	return READ_ONCE(lz.state);
}

void lz_commit_set_state(enum lz_commit_state state)
{
	WRITE_ONCE(lz.state, state);
	wake_up_all(&lz.done);
}

u64 lz_commit_extended(void)
{
	return atomic64_read(&lz.extended);
}

void lz_commit_done(u64 index)
{
	if (index < (u64)atomic64_read(&lz.given_up) || !lz_doorbell_holds())
		atomic64_inc(&lz.late);
	atomic64_set(&lz.extended, index + 1);
	wake_up_all(&lz.done);
}

static void give_up(u64 records)
{
	s64 old = atomic64_read(&lz.given_up);

	while ((u64)old < records && !atomic64_try_cmpxchg(&lz.given_up, &old, records))
		;
}

void lz_commit_restart(u64 extended)
{
	atomic64_set(&lz.extended, extended);
	lz_commit_set_state(LZ_COMMIT_RUNNING);
	/* Who did not see that has its record in the list: lz_commit_wait(). */
	smp_mb();
	give_up(lz_tap_records());
}

void lz_commit_missed(void)
{
	smp_mb(); /* the records first, then the state: see lz_commit_restart() */
	if (lz_commit_state() == LZ_COMMIT_RUNNING)
		give_up(lz_tap_records());
}

void lz_commit_tpm(bool there)
{
	WRITE_ONCE(lz.gone_at, there ? 0 : jiffies | 1);
	wake_up_all(&lz.done);
}

/* dom0 took the TPM away and did not give it back in time. */
static bool forsaken(void)
{
	unsigned long gone_at = READ_ONCE(lz.gone_at);

	return gone_at && time_after_eq(jiffies, gone_at + GONE_PATIENCE);
}

bool lz_commit_by_ima(void)
{
	enum lz_commit_state state = lz_commit_state();

	return state == LZ_COMMIT_NATIVE || (!__is_defined(MODULE) && state == LZ_COMMIT_OFF);
}

void lz_commit_take_over(void)
{
	if (!lz_commit_by_ima() || lz_commit_took_over())
		return;
	pr_warn("IMA could not extend the TPM: Lazaret does that from now on\n");
	WRITE_ONCE(lz.took_over, true);
}

bool lz_commit_took_over(void)
{
	return READ_ONCE(lz.took_over);
}

bool lz_commit_holds(void)
{
	return lz.strict && !forsaken();
}

static bool extended_to(u64 records)
{
	return lz_commit_extended() >= records;
}

/* Also when we have taken over and are about to begin: what may load a module is done then. */
static bool extending(void)
{
	enum lz_commit_state state = lz_commit_state();

	return state == LZ_COMMIT_RUNNING || (lz_commit_took_over() && lz_extend_is_ready() &&
					      state != LZ_COMMIT_INCONSISTENT);
}

static bool held(u64 records)
{
	return extending() && !extended_to(records) && !forsaken();
}

/* How long to wait before something must be said or looked at again. */
static long slice(unsigned long gone_at)
{
	return gone_at ? max_t(long, gone_at + GONE_PATIENCE - jiffies, 1) : STRICT_NOTICE;
}

static void hold(u64 records)
{
	while (held(records)) {
		unsigned long gone_at = READ_ONCE(lz.gone_at);

		if (!lz_wait_timeout(lz.done, !held(records) || READ_ONCE(lz.gone_at) != gone_at,
				     TASK_IDLE, slice(gone_at)))
			pr_warn_ratelimited("%s[%d] is held: the TPM does not take record %llu\n",
					    current->comm, task_pid_nr(current),
					    lz_commit_extended());
	}
}

static void wait_a_while(u64 records)
{
	if (held(records))
		lz_wait_timeout(lz.done, !held(records), TASK_KILLABLE, lz.wait);
}

/* Before PCR 10 was looked at for the first time, nobody is held: lz_commit_restart() counts. */
static bool commits(void)
{
	return extending() || lz_commit_state() == LZ_COMMIT_INCONSISTENT;
}

void lz_commit_wait(void)
{
	u64 records = lz_tap_records();

	smp_mb(); /* the record first, then the state: see lz_commit_restart() */
	if (!commits() || extended_to(records) || lz_extend_is_current())
		return;
	lz_extend_kick();
	if (lz.strict)
		hold(records);
	else
		wait_a_while(records);
	if (extended_to(records))
		return;
	give_up(records);
	if (lz.strict)
		pr_warn_ratelimited("%s[%d] goes on: record %llu cannot be committed\n",
				    current->comm, task_pid_nr(current), records - 1);
}

void lz_commit_kick(void)
{
	lz_extend_kick();
}

int lz_commit_init(void)
{
	lz.strict = !strcmp(commit, "strict");
	if (!lz.strict && strcmp(commit, "lenient"))
		pr_warn("commit=%s is unknown, taking lenient\n", commit);
	lz.wait = msecs_to_jiffies(min(commit_wait_ms, WAIT_MS_MAX)) ?: 1;
	return lz_extend_init();
}

void lz_commit_exit(void)
{
	lz_extend_exit();
}

/* May we extend?  Where IMA does it by itself, not until we have taken over. */
static bool is_ours(void)
{
	enum lz_ima_mode mode = lz_tap_ima_mode();

	return mode == LZ_IMA_BYPASS || (mode == LZ_IMA_NATIVE && lz_commit_took_over());
}

int lz_commit_start(struct tpm_chip *chip)
{
	enum lz_commit_state state = lz_commit_state();
	int err;

	if (state != LZ_COMMIT_OFF && state != LZ_COMMIT_NATIVE) {
		lz_extend_kick();
		return 0;
	}
	if (lz_tap_ima_mode() == LZ_IMA_UNKNOWN)
		return 0;
	if (lz_tap_ima_mode() == LZ_IMA_NATIVE)
		lz_commit_set_state(LZ_COMMIT_NATIVE);
	err = lz_extend_prepare(chip);
	if (err || !is_ours())
		return err;
	lz_commit_set_state(LZ_COMMIT_WAITING);
	lz_extend_kick();
	return 0;
}

void lz_commit_tamper(void)
{
	if (lz_commit_state() != LZ_COMMIT_NATIVE)
		lz_commit_set_state(LZ_COMMIT_INCONSISTENT);
	lz_extend_spoil();
}

void lz_commit_stats(struct lz_commit_stats *stats)
{
	u64 let_go = atomic64_read(&lz.given_up);

	stats->state = lz_commit_state();
	if (stats->state == LZ_COMMIT_INCONSISTENT)
		let_go = lz_tap_records();
	if (stats->state == LZ_COMMIT_RUNNING && READ_ONCE(lz.gone_at))
		stats->state = LZ_COMMIT_WITHDRAWN;
	stats->policy = lz.strict ? LZ_POLICY_STRICT : LZ_POLICY_LENIENT;
	stats->extended = lz_commit_extended();
	stats->late = atomic64_read(&lz.late);
	if (let_go > stats->extended)
		stats->late += let_go - stats->extended;
	stats->errors = lz_extend_errors();
	stats->banks = lz_extend_banks();
}
