// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCR 10 tells in each session where in the list the TPM stands, before
 * anything is extended in it: see pcrs.h.
 *
 * Locking: none.  What is not atomic belongs to the task.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "commit.h"
#include "extend.h"
#include "freezable.h"
#include "pcrs.h"
#include "record.h"
#include "tap.h"
#include "tpmring.h"

#define SPOIL_RETRY_MS 500
#define SPOIL_PATIENCE (10 * HZ)

enum spoil { SPOIL_NOT, SPOIL_ASKED, SPOIL_DONE };

static struct {
	struct task_struct *task;
	wait_queue_head_t work; /* the task waits here */
	wait_queue_head_t spoiled;
	bool ready; /* a chip is there */
	bool unsure; /* an extend was under way when the session ended */
	enum spoil spoil;
	struct lz_cursor cursor;
	u8 *record;
} lz = {
	.work = __WAIT_QUEUE_HEAD_INITIALIZER(lz.work),
	.spoiled = __WAIT_QUEUE_HEAD_INITIALIZER(lz.spoiled),
};

/* The next record, taken apart.  Return: 1; 0: there is none; -EIO: it is unreadable. */
static int next_record(struct lz_fields *f)
{
	u64 time_ns;
	ssize_t len = lz_cursor_read(&lz.cursor, lz.record, LZ_RECORD_MAX + 1, &time_ns);

	if (len == -EAGAIN)
		return 0;
	if (len <= 0 || !lz_record_parse(lz.record, len, f) || f->pcr >= LZ_PCRS)
		return -EIO;
	return 1;
}

/* There is one. */
static void extend_next(void)
{
	struct lz_cursor here = lz.cursor;
	enum lz_outcome outcome;
	struct lz_fields f;

	if (next_record(&f) > 0)
		outcome = lz_pcrs_extend(&f);
	else
		outcome = lz_pcrs_fail("a record cannot be read");
	if (outcome == LZ_COMMITTED) {
		lz_commit_done(lz.cursor.next - 1);
		return;
	}
	lz.cursor = here;
	lz.unsure = true;
}

/* As next_record(), and its PCR is what it would be if the list had it from zero on. */
static int replay_next(u32 *pcr)
{
	struct lz_fields f;
	int rc = next_record(&f);

	if (rc <= 0)
		return rc;
	*pcr = f.pcr;
	return lz_pcrs_replay(&f) ? -EIO : 1;
}

static bool replay_is_in_tpm(u32 pcr)
{
	u8 now[LZ_DIGEST_MAX];

	return lz_pcrs_read(pcr, now) && lz_pcrs_is(pcr, now);
}

/*
 * PCR 10 tells which of its records was the last.  Records of other PCRs
 * between that and the next one of PCR 10 may be in the TPM or not; their own
 * PCRs tell, where nobody else extends those.
 *
 * Return: the first records explain PCR 10, and the cursor stands behind them.
 */
static bool resume_at(const u8 *now)
{
	bool found = lz_pcrs_is_zero(now);
	struct lz_cursor at = {};
	u32 pcr;

	lz.cursor = at;
	lz_pcrs_clear();
	while (replay_next(&pcr) > 0) {
		if (pcr == LZ_IMA_PCR && found)
			break;
		if (pcr == LZ_IMA_PCR)
			found = lz_pcrs_is(LZ_IMA_PCR, now);
		if (found && (pcr == LZ_IMA_PCR || replay_is_in_tpm(pcr)))
			at = lz.cursor;
		cond_resched();
	}
	lz.cursor = at;
	lz_pcrs_settle(LZ_IMA_PCR, now);
	return found;
}

/* Go on where the TPM stands; if it has less than it had, from there again. */
static void go_on(bool was_running)
{
	u64 done = lz_commit_extended();

	if (was_running && lz.cursor.next >= done) {
		while (done < lz.cursor.next)
			lz_commit_done(done++);
		return;
	}
	pr_info("extending from record %llu on\n", lz.cursor.next);
	lz_commit_restart(lz.cursor.next);
}

/* A new session: which TPM is it, and where does it stand? */
static void look(void)
{
	bool running = lz_commit_state() == LZ_COMMIT_RUNNING;
	u8 now[LZ_DIGEST_MAX] = {};
	bool found;

	lz_pcrs_join();
	if (!lz_pcrs_read(LZ_IMA_PCR, now))
		return;
	if (running && !lz.unsure && lz_pcrs_is(LZ_IMA_PCR, now))
		return;
	/* Where IMA extends, PCR 10 may have what nobody has told us of yet. */
	lz_tap_scan(ktime_get_real_ns());
	found = resume_at(now);
	lz.unsure = lz_pcrs_moved();
	if (lz.unsure)
		return;
	if (found)
		go_on(running);
	else
		lz_pcrs_fail("PCR 10 is explained by no part of IMA's list");
}

static void spoil(void)
{
	if (!lz_pcrs_spoil()) {
		msleep(SPOIL_RETRY_MS);
		return;
	}
	pr_crit("PCR 10 has a value now that no list explains\n");
	lz_commit_set_state(LZ_COMMIT_INCONSISTENT);
	WRITE_ONCE(lz.spoil, SPOIL_DONE);
	wake_up_all(&lz.spoiled);
}

/* Once spoilt it stays so. */
static bool to_do(void)
{
	enum lz_commit_state state = lz_commit_state();
	enum spoil spoil = READ_ONCE(lz.spoil);

	if (!lz_extend_is_ready() || !lz_tpmring_served() || spoil == SPOIL_DONE)
		return false;
	if (spoil == SPOIL_ASKED)
		return true;
	if (state == LZ_COMMIT_OFF || state == LZ_COMMIT_NATIVE)
		return false; /* ready, but not begun */
	return lz_pcrs_moved() ||
	       (state == LZ_COMMIT_RUNNING && lz_tap_records() > lz.cursor.next);
}

static void work(void)
{
	if (READ_ONCE(lz.spoil) == SPOIL_ASKED)
		spoil();
	else if (lz_pcrs_moved())
		look();
	else
		extend_next();
}

/* Those who wait may hold locks of file systems: memory must not depend on them. */
static int extend_main(void *unused)
{
	memalloc_nofs_save();
	while (!kthread_should_stop()) {
		wait_event_idle(lz.work, kthread_should_stop() || to_do());
		while (!kthread_should_stop() && to_do()) {
			work();
			cond_resched();
		}
	}
	return 0;
}

int lz_extend_init(void)
{
	lz.record = kvmalloc(LZ_RECORD_MAX + 1, GFP_KERNEL);
	if (!lz.record)
		return -ENOMEM;
	lz.task = kthread_create(extend_main, NULL, KBUILD_MODNAME "-commit");
	if (IS_ERR(lz.task)) {
		kvfree(lz.record);
		return PTR_ERR(lz.task);
	}
	/* Who waits for it must not wait for what is less urgent than a wait. */
	sched_set_fifo(lz.task);
	wake_up_process(lz.task);
	return 0;
}

void lz_extend_exit(void)
{
	kthread_stop(lz.task);
	kvfree(lz.record);
}

int lz_extend_prepare(struct tpm_chip *chip)
{
	int err = lz_extend_is_ready() ? 0 : lz_pcrs_init(chip);

	if (!err)
		smp_store_release(&lz.ready, true); /* pairs with lz_extend_is_ready() */
	return err;
}

bool lz_extend_is_ready(void)
{
	return smp_load_acquire(&lz.ready); /* chip and banks are seen with it */
}

void lz_extend_kick(void)
{
	wake_up(&lz.work);
}

bool lz_extend_is_current(void)
{
	return current == lz.task;
}

void lz_extend_spoil(void)
{
	if (!lz_extend_is_ready())
		return;
	WRITE_ONCE(lz.spoil, SPOIL_ASKED);
	lz_extend_kick();
	lz_wait_timeout(lz.spoiled, READ_ONCE(lz.spoil) == SPOIL_DONE, TASK_IDLE, SPOIL_PATIENCE);
}

u64 lz_extend_errors(void)
{
	return lz_pcrs_errors();
}

u32 lz_extend_banks(void)
{
	return lz_extend_is_ready() ? lz_pcrs_banks() : 0;
}
