// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task owns the vchan and the conversation; nobody else touches them, so
 * there is no lock.  Others only set a bit and wake it.  What the status file
 * shows is written here and read without a lock, each word by itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/wait.h>

#include "commit.h"
#include "proto.h"
#include "stream.h"
#include "tap.h"
#include "vchan.h"

#define CONTROLLER    0 /* domain that may connect */
#define POLL	      HZ /* look for records and for a client at least so often */
#define REBUILD_PAUSE (HZ / 4) /* least time from one vchan to the next */
#define BYE_PATIENCE  HZ /* how long a client may take to make room for BYE */
#define WORK	      0 /* bits in stream.flags */
#define UNLOAD	      1 /* dom0 is to be told */

static struct {
	struct task_struct *task;
	wait_queue_head_t wait;
	unsigned long flags;
	atomic64_t rung_ns; /* when the bell rang; 0 if it did not since */
	u8 boot_nonce[LZ_BOOT_NONCE_SIZE];
	u8 *frame;
	struct lz_vchan *vchan;
	struct lz_proto proto;
	unsigned long poll_at; /* jiffies of the next look without a bell */
	unsigned long not_before; /* jiffies of the earliest next vchan */
	unsigned long bye_until;
	bool complained;
	bool quiet; /* between quiesce and resume, which the PM core does not nest */
	struct lz_stream_stats stats;
} stream = {
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(stream.wait),
};

void lz_stream_wake(void)
{
	set_bit(WORK, &stream.flags);
	wake_up(&stream.wait);
}

void lz_stream_ring(u64 time_ns)
{
	atomic64_set(&stream.rung_ns, time_ns);
	lz_stream_wake();
}

void lz_stream_tell_unload(void)
{
	set_bit(UNLOAD, &stream.flags);
	lz_stream_wake();
}

const u8 *lz_stream_boot_nonce(void)
{
	return stream.boot_nonce;
}

void lz_stream_stats(struct lz_stream_stats *stats)
{
	stats->connected = READ_ONCE(stream.stats.connected);
	stats->streamed = READ_ONCE(stream.stats.streamed);
	stats->connections = READ_ONCE(stream.stats.connections);
}

static void note_progress(void)
{
	if (stream.proto.resumed && !stream.stats.connected)
		WRITE_ONCE(stream.stats.connections, stream.stats.connections + 1);
	WRITE_ONCE(stream.stats.connected, stream.proto.resumed);
	if (stream.proto.resumed)
		WRITE_ONCE(stream.stats.streamed, stream.proto.cursor.next);
}

static void open_channel(void)
{
	struct lz_vchan *v;

	if (time_before(jiffies, stream.not_before))
		return;
	stream.not_before = jiffies + REBUILD_PAUSE;
	v = lz_vchan_open(CONTROLLER, lz_stream_wake);
	if (IS_ERR(v)) {
		if (!stream.complained)
			pr_err("no vchan to dom0, error %ld; trying again\n", PTR_ERR(v));
		stream.complained = true;
		return;
	}
	stream.complained = false;
	stream.vchan = v;
	lz_proto_init(&stream.proto, v, stream.boot_nonce, stream.frame);
}

static void close_channel(void)
{
	lz_vchan_close(stream.vchan);
	stream.vchan = NULL;
	stream.bye_until = 0;
	WRITE_ONCE(stream.stats.connected, false);
}

/* A client that makes no room for BYE is not waited for. */
static bool bye_overdue(void)
{
	if (!stream.proto.bye)
		return false;
	if (!stream.bye_until)
		stream.bye_until = (jiffies + BYE_PATIENCE) | 1;
	return time_after(jiffies, stream.bye_until);
}

/* Return: true if there is more to do at once. */
static bool serve(void)
{
	int more;

	if (!stream.vchan)
		open_channel();
	if (!stream.vchan)
		return false;
	if (test_and_clear_bit(UNLOAD, &stream.flags))
		lz_proto_bye(&stream.proto, LZ_BYE_UNLOAD);
	more = lz_proto_pump(&stream.proto);
	note_progress();
	lz_vchan_ack(stream.vchan);
	if (more >= 0 && lz_vchan_peer(stream.vchan) != LZ_PEER_GONE && !bye_overdue())
		return more;
	close_channel();
	return true;
}

static void say_bye(void)
{
	if (!stream.vchan)
		return;
	lz_proto_bye(&stream.proto, LZ_BYE_SHUTDOWN);
	while (lz_proto_pump(&stream.proto) > 0)
		cond_resched();
	close_channel();
}

/*
 * A bell in the measuring task has scanned already.  To scan here without need
 * would find records in the moment before their bell, and lose their time.
 */
static void follow_list(void)
{
	u64 rung_ns = atomic64_xchg(&stream.rung_ns, 0);

	if (!rung_ns && time_before(jiffies, stream.poll_at))
		return;
	if (lz_tap_scan(rung_ns))
		lz_commit_kick();
	stream.poll_at = jiffies + POLL;
}

static bool to_do(void)
{
	return test_bit(WORK, &stream.flags) || kthread_should_park();
}

/* The next vchan may be due before the next poll. */
static long nap(void)
{
	return stream.vchan || stream.complained ? POLL : REBUILD_PAUSE;
}

static int stream_main(void *unused)
{
	while (!kthread_should_stop()) {
		if (kthread_should_park()) {
			say_bye();
			kthread_parkme();
			continue;
		}
		clear_bit(WORK, &stream.flags);
		smp_mb__after_atomic(); /* what is asked from here on is seen next time */
		follow_list();
		if (serve())
			cond_resched();
		else
			wait_event_idle_timeout(stream.wait, to_do(), nap());
	}
	return 0;
}

int lz_stream_init(void)
{
	struct task_struct *task;

	get_random_bytes(stream.boot_nonce, sizeof(stream.boot_nonce));
	stream.poll_at = jiffies;
	stream.not_before = jiffies;
	stream.frame = kvmalloc(LZ_FRAME_ROOM, GFP_KERNEL);
	if (!stream.frame)
		return -ENOMEM;
	task = kthread_create(stream_main, NULL, KBUILD_MODNAME);
	if (IS_ERR(task)) {
		kvfree(stream.frame);
		return PTR_ERR(task);
	}
	stream.task = task;
	return 0;
}

void lz_stream_start(void)
{
	wake_up_process(stream.task);
}

void lz_stream_exit(void)
{
	kthread_stop(stream.task);
	kvfree(stream.frame);
}

void lz_stream_quiesce(void)
{
	/* A guest that hibernates is both frozen and shut down. */
	if (stream.task && !stream.quiet)
		kthread_park(stream.task);
	stream.quiet = true;
}

void lz_stream_resume(void)
{
	if (stream.task && stream.quiet)
		kthread_unpark(stream.task);
	stream.quiet = false;
}
