// SPDX-License-Identifier: GPL-2.0-only
/*
 * Format and iterator: security/integrity/ima/ima_fs.c, ima_measurements_*().
 *
 * Locking: tap.lock guards the tail and the stamps.  The doorbell takes it in
 * the measuring task, so nobody may sleep for long, allocate or do I/O under
 * it.  tap.records is written under it and read anywhere.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "mode.h"
#include "mount.h"
#include "tap.h"

#define LIST_PATH	  "integrity/ima/binary_runtime_measurements"
#define OPEN_RETRIES	  20 /* a kernel that trims refuses readers meanwhile */
#define OPEN_RETRY_MS	  50
#define STAMPS		  1024 /* power of 2: records whose time we remember */

struct stamp {
	u64 index;
	u64 time_ns;
};

static struct {
	struct vfsmount *mnt;
	struct file *file;
	struct seq_file *list;
	struct mutex lock; /* the tail, the stamps, lost_below */
	struct task_struct *scanner; /* who holds the lock in lz_tap_scan() */
	struct lz_cursor tail;
	struct stamp stamps[STAMPS];
	atomic64_t records;
	atomic64_t lost;
	u64 lost_below; /* a replay must not count a loss twice */
	u64 early;
	enum lz_ima_mode mode;
} tap = {
	.lock = __MUTEX_INITIALIZER(tap.lock),
};

static void *following(const struct lz_cursor *c)
{
	loff_t pos = c->next;

	if (!c->last)
		return tap.list->op->start(tap.list, &pos);
	pos--;
	return tap.list->op->next(tap.list, c->last, &pos);
}

static bool step(struct lz_cursor *c)
{
	void *record = following(c);

	if (!record)
		return false;
	c->last = record;
	c->next++;
	return true;
}

static struct file *open_list(void)
{
	struct file *file;
	int tries;

	for (tries = 0; tries < OPEN_RETRIES; tries++) {
		file = lz_mount_open(tap.mnt, LIST_PATH, O_RDONLY);
		if (file != ERR_PTR(-EBUSY))
			break;
		msleep(OPEN_RETRY_MS);
	}
	return file;
}

static int judge_mode(void)
{
	struct lz_cursor first = {};
	u64 time_ns;
	ssize_t len;
	void *buf = kvmalloc(LZ_RECORD_MAX + 1, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	len = lz_cursor_read(&first, buf, LZ_RECORD_MAX + 1, &time_ns);
	if (len > 0)
		WRITE_ONCE(tap.mode, lz_mode_of_first(buf, len));
	if (lz_tap_ima_mode() == LZ_IMA_UNKNOWN)
		pr_warn("IMA's list does not begin with boot_aggregate: nothing is extended\n");
	kvfree(buf);
	return 0;
}

int lz_tap_open(void)
{
	int err;

	tap.mnt = lz_mount("securityfs");
	if (IS_ERR(tap.mnt))
		return PTR_ERR(tap.mnt);
	tap.file = open_list();
	if (IS_ERR(tap.file)) {
		err = PTR_ERR(tap.file) == -ENOENT ? -ENODEV : PTR_ERR(tap.file);
		goto unmount;
	}
	tap.list = tap.file->private_data;
	if (WARN_ON_ONCE(!tap.list || !tap.list->op || !tap.list->op->show)) {
		err = -ENODEV;
		goto close;
	}
	lz_tap_scan(0);
	tap.early = lz_tap_records();
	err = judge_mode();
	if (!err)
		return 0;
close:
	fput(tap.file);
unmount:
	kern_unmount(tap.mnt);
	return err;
}

void lz_tap_close(void)
{
	fput(tap.file);
	kern_unmount(tap.mnt);
}

u64 lz_tap_scan(u64 time_ns)
{
	u64 found = 0;

	/* If scanning ever made IMA measure something, its bell rings here. */
	if (READ_ONCE(tap.scanner) == current)
		return 0;
	mutex_lock(&tap.lock);
	WRITE_ONCE(tap.scanner, current);
	while (step(&tap.tail)) {
		u64 index = tap.tail.next - 1;

		tap.stamps[index % STAMPS] = (struct stamp){ index, time_ns };
		found++;
	}
	atomic64_set(&tap.records, tap.tail.next);
	WRITE_ONCE(tap.scanner, NULL);
	mutex_unlock(&tap.lock);
	return found;
}

u64 lz_tap_records(void)
{
	return atomic64_read(&tap.records);
}

u64 lz_tap_early(void)
{
	return tap.early;
}

u64 lz_tap_lost(void)
{
	return atomic64_read(&tap.lost);
}

enum lz_ima_mode lz_tap_ima_mode(void)
{
	return READ_ONCE(tap.mode);
}

static u64 stamp_of(u64 index)
{
	const struct stamp *stamp = &tap.stamps[index % STAMPS];
	u64 time_ns;

	mutex_lock(&tap.lock);
	time_ns = stamp->index == index ? stamp->time_ns : 0;
	mutex_unlock(&tap.lock);
	return time_ns;
}

static void count_loss(u64 index)
{
	mutex_lock(&tap.lock);
	if (index >= tap.lost_below) {
		tap.lost_below = index + 1;
		atomic64_inc(&tap.lost);
	}
	mutex_unlock(&tap.lock);
	pr_err_ratelimited("record %llu cannot be read\n", index);
}

int lz_cursor_seek(struct lz_cursor *c, u64 index)
{
	loff_t pos = index - 1;
	void *last = NULL;

	if (index > lz_tap_records())
		return -ERANGE;
	if (index) {
		last = tap.list->op->start(tap.list, &pos);
		if (!last)
			return -ERANGE;
	}
	c->last = last;
	c->next = index;
	return 0;
}

ssize_t lz_cursor_read(struct lz_cursor *c, void *buf, size_t size, u64 *time_ns)
{
	struct seq_file page = { .buf = buf, .size = size };

	/* The tail goes first, so that nobody streams what is not counted. */
	if (c->next >= lz_tap_records() || !step(c))
		return -EAGAIN;
	*time_ns = stamp_of(c->next - 1);
	/* An overfull seq_file says so by count == size. */
	if (tap.list->op->show(&page, c->last) || seq_has_overflowed(&page) ||
	    page.count > LZ_RECORD_MAX) {
		count_loss(c->next - 1);
		return 0;
	}
	return page.count;
}
