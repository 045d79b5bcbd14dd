// SPDX-License-Identifier: GPL-2.0-only
/*
 * One task extends, whoever caused the record, and the tasks that caused them
 * wait for it.  So the order is the list's without a lock around TPM commands,
 * a wait can be bounded although a TPM command cannot be broken off, and no
 * signal leaves a command half done.
 *
 * An extend whose answer is lost may have happened.  It is never repeated
 * blindly: we know what the PCR was and what it must have become, and read it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "bank.h"
#include "commit.h"
#include "doorbell.h"
#include "record.h"
#include "tap.h"

#define IMA_PCR		 10
#define PCRS		 24
#define RETRY_MS	 500
#define STRICT_NOTICE	 (30 * HZ) /* how often a task that is held is told of */
#define WAIT_MS_MAX	 600000U

enum commit_state { OFF, NATIVE, WAITING, RUNNING, INCONSISTENT };

static const char *const state_names[] = {
	[OFF] = "off",
	[NATIVE] = "native",
	[WAITING] = "waiting",
	[RUNNING] = "running",
	[INCONSISTENT] = "inconsistent",
};

static char *commit = "lenient";
module_param(commit, charp, 0444);
MODULE_PARM_DESC(commit, "when the TPM does not answer: lenient (default: go on) or strict (hold)");

static unsigned int commit_wait_ms = 1000;
module_param(commit_wait_ms, uint, 0444);
MODULE_PARM_DESC(commit_wait_ms, "lenient: how long a task waits for its record's commit");

static struct {
	struct task_struct *task;
	enum commit_state state;
	bool strict;
	unsigned long wait; /* jiffies */
	wait_queue_head_t work; /* the task waits here */
	wait_queue_head_t done; /* those who are held wait here */
	struct tpm_chip *chip;
	struct lz_banks *banks;
	struct lz_cursor cursor;
	u8 *record;
	u8 pcr[PCRS][LZ_DIGEST_MAX]; /* as the first bank has them */
	bool known[PCRS];
	atomic64_t extended;
	atomic64_t given_up; /* records below this index were not waited for */
	atomic64_t late;
	atomic64_t errors;
} lz = {
	.work = __WAIT_QUEUE_HEAD_INITIALIZER(lz.work),
	.done = __WAIT_QUEUE_HEAD_INITIALIZER(lz.done),
};

static void set_state(enum commit_state state)
{
	WRITE_ONCE(lz.state, state);
	wake_up_all(&lz.done);
}

static void inconsistent(const char *why)
{
	pr_err("nothing is extended any more: %s\n", why);
	set_state(INCONSISTENT);
}

static int read_pcr(u32 pcr, u8 *out)
{
	struct tpm_digest digest = { .alg_id = lz.chip->allocated_banks[0].alg_id };
	int rc = tpm_pcr_read(lz.chip, pcr, &digest);

	if (rc)
		return rc < 0 ? rc : -EIO;
	memcpy(out, digest.digest, lz_banks_size(lz.banks));
	return 0;
}

/* A TPM that does not answer now will later, or nobody can help us. */
static void read_pcr_surely(u32 pcr, u8 *out)
{
	while (read_pcr(pcr, out))
		msleep(RETRY_MS);
}

static bool same(const u8 *a, const u8 *b)
{
	return !memcmp(a, b, lz_banks_size(lz.banks));
}

/* The next record, taken apart.  Return: 1; 0: there is none; -EIO: it is unreadable. */
static int next_record(struct lz_fields *f)
{
	u64 time_ns;
	ssize_t len = lz_cursor_read(&lz.cursor, lz.record, LZ_RECORD_MAX + 1, &time_ns);

	if (len == -EAGAIN)
		return 0;
	if (len <= 0 || !lz_record_parse(lz.record, len, f) || f->pcr >= PCRS)
		return -EIO;
	return 1;
}

/* Return: the record is in the TPM. */
static bool extend_surely(u32 pcr, struct tpm_digest *digests)
{
	u8 after[LZ_DIGEST_MAX], now[LZ_DIGEST_MAX];
	u8 *before = lz.pcr[pcr];

	memcpy(after, before, sizeof(after));
	if (lz_banks_extend(lz.banks, after, digests))
		return false;
	while (tpm_pcr_extend(lz.chip, pcr, digests)) {
		atomic64_inc(&lz.errors);
		read_pcr_surely(pcr, now);
		if (same(now, after))
			break;
		if (!same(now, before))
			return false;
	}
	memcpy(before, after, sizeof(after));
	return true;
}

static void count_commit(u64 index)
{
	/* Only the direct doorbell holds the task that is measured. */
	if (index < (u64)atomic64_read(&lz.given_up) ||
	    lz_doorbell_mode() != LZ_DOORBELL_FTRACE)
		atomic64_inc(&lz.late);
	atomic64_set(&lz.extended, index + 1);
	wake_up_all(&lz.done);
}

/* Return: there was a record, and it was extended. */
static bool extend_next(void)
{
	struct tpm_digest *digests;
	struct lz_fields f;
	int rc = next_record(&f);

	if (!rc)
		return false;
	digests = rc < 0 ? ERR_PTR(rc) : lz_banks_digest(lz.banks, &f);
	if (IS_ERR(digests)) {
		inconsistent("a record cannot be read");
		return false;
	}
	if (!lz.known[f.pcr]) {
		read_pcr_surely(f.pcr, lz.pcr[f.pcr]);
		lz.known[f.pcr] = true;
	}
	if (!extend_surely(f.pcr, digests)) {
		inconsistent("a PCR is not what our extends make of it");
		return false;
	}
	count_commit(lz.cursor.next - 1);
	return true;
}

/* Return: the first records explain PCR 10, and the cursor stands behind them. */
static bool resume_at(const u8 *now)
{
	struct tpm_digest *digests;
	struct lz_fields f;

	memset(lz.pcr[IMA_PCR], 0, sizeof(lz.pcr[IMA_PCR]));
	while (!same(lz.pcr[IMA_PCR], now)) {
		if (next_record(&f) <= 0)
			return false;
		if (f.pcr != IMA_PCR)
			continue;
		digests = lz_banks_digest(lz.banks, &f);
		if (IS_ERR(digests) || lz_banks_extend(lz.banks, lz.pcr[IMA_PCR], digests))
			return false;
	}
	return true;
}

static void begin(void)
{
	u8 now[LZ_DIGEST_MAX];

	read_pcr_surely(IMA_PCR, now);
	if (!resume_at(now)) {
		inconsistent("PCR 10 is explained by no part of IMA's list");
		return;
	}
	lz.known[IMA_PCR] = true;
	atomic64_set(&lz.extended, lz.cursor.next);
	/* Nobody waited for what was measured before there was a TPM. */
	atomic64_set(&lz.given_up, lz_tap_records());
	pr_info("extending %s from record %llu on\n", lz.strict ? "strictly" : "leniently",
		lz.cursor.next);
	set_state(RUNNING);
}

static bool to_do(void)
{
	return READ_ONCE(lz.state) == RUNNING &&
	       lz_tap_records() > (u64)atomic64_read(&lz.extended);
}

/* Those who wait may hold locks of file systems: memory must not depend on them. */
static int commit_main(void *unused)
{
	memalloc_nofs_save();
	while (!kthread_should_stop()) {
		wait_event_idle(lz.work, kthread_should_stop() || to_do() ||
				READ_ONCE(lz.state) == WAITING);
		if (READ_ONCE(lz.state) == WAITING)
			begin();
		while (READ_ONCE(lz.state) == RUNNING && extend_next())
			cond_resched();
	}
	return 0;
}

int lz_commit_init(void)
{
	lz.strict = !strcmp(commit, "strict");
	if (!lz.strict && strcmp(commit, "lenient"))
		pr_warn("commit=%s is unknown, taking lenient\n", commit);
	lz.wait = msecs_to_jiffies(min(commit_wait_ms, WAIT_MS_MAX)) ?: 1;
	lz.record = kvmalloc(LZ_RECORD_MAX + 1, GFP_KERNEL);
	if (!lz.record)
		return -ENOMEM;
	lz.task = kthread_create(commit_main, NULL, KBUILD_MODNAME "-commit");
	if (IS_ERR(lz.task)) {
		kvfree(lz.record);
		return PTR_ERR(lz.task);
	}
	sched_set_fifo_low(lz.task);
	wake_up_process(lz.task);
	return 0;
}

void lz_commit_exit(void)
{
	kthread_stop(lz.task);
	kvfree(lz.record);
}

void lz_commit_start(struct tpm_chip *chip)
{
	struct lz_banks *banks;

	if (READ_ONCE(lz.state) != OFF) {
		lz_commit_kick();
		return;
	}
	if (lz_tap_ima_mode() != LZ_IMA_BYPASS) {
		set_state(lz_tap_ima_mode() == LZ_IMA_NATIVE ? NATIVE : OFF);
		return;
	}
	banks = lz_banks_new(chip);
	if (IS_ERR(banks)) {
		pr_err("the TPM's banks cannot be extended, error %ld\n", PTR_ERR(banks));
		return;
	}
	lz.banks = banks;
	lz.chip = chip;
	smp_wmb(); /* the task sees them when it sees the state */
	set_state(WAITING);
	lz_commit_kick();
}

static bool committed(u64 records)
{
	return READ_ONCE(lz.state) != RUNNING || (u64)atomic64_read(&lz.extended) >= records;
}

static void give_up(u64 records)
{
	u64 old = atomic64_read(&lz.given_up);

	while (old < records && !atomic64_try_cmpxchg(&lz.given_up, (s64 *)&old, records))
		;
}

static void hold(u64 records)
{
	while (!wait_event_killable_timeout(lz.done, committed(records), STRICT_NOTICE))
		pr_warn("%s[%d] is held: the TPM does not take record %llu\n", current->comm,
			task_pid_nr(current), (u64)atomic64_read(&lz.extended));
}

void lz_commit_wait(void)
{
	u64 records = lz_tap_records();

	if (committed(records) || current == lz.task)
		return;
	lz_commit_kick();
	if (lz.strict)
		hold(records);
	else
		wait_event_killable_timeout(lz.done, committed(records), lz.wait);
	if (!committed(records))
		give_up(records);
}

void lz_commit_kick(void)
{
	wake_up(&lz.work);
}

void lz_commit_stats(struct lz_commit_stats *stats)
{
	stats->state = state_names[READ_ONCE(lz.state)];
	stats->policy = lz.strict ? "strict" : "lenient";
	stats->extended = atomic64_read(&lz.extended);
	stats->late = atomic64_read(&lz.late);
	stats->errors = atomic64_read(&lz.errors);
	stats->banks = lz.banks ? lz_banks_count(lz.banks) : 0;
}
